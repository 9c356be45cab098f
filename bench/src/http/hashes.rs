//! The calibration of logins: Argon2id hashes per second on all cores, and what the reference
//! library makes of the same parameters.

use std::{
    io::Write,
    num::NonZero,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use argon2::{Algorithm, Argon2, Params, Version};

/// m = 19 MiB, t = 2, p = 1, as the service hashes.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Hashes per second by as many threads as there are cores.
pub(crate) fn all_cores(within: Duration) -> anyhow::Result<f64> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let begun = Instant::now();
    let counts: Vec<anyhow::Result<u32>> = thread::scope(|scope| {
        let workers: Vec<_> =
            (0..cores).map(|_| scope.spawn(move || count(begun, within))).collect();
        workers.into_iter().map(|worker| worker.join().expect("hashing does not panic")).collect()
    });
    let mut hashes = 0;
    for count in counts {
        hashes += count?;
    }
    Ok(f64::from(hashes) / begun.elapsed().as_secs_f64())
}

/// Hashes by one thread, its memory kept from one to the next.
fn count(begun: Instant, within: Duration) -> anyhow::Result<u32> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)?;
    let mut blocks = vec![argon2::Block::default(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut hashes = 0;
    let mut hash = [0; 32];
    while begun.elapsed() < within {
        argon2.hash_password_into_with_memory(
            b"secret",
            b"sixteen bytes ok",
            &mut hash,
            &mut blocks,
        )?;
        hashes += 1;
    }
    Ok(hashes)
}

/// Milliseconds of one hash on one core: by the crate, and by the program of Debian's package
/// `argon2`, which is the reference library in C. The least of `runs` each, by turns.
pub(crate) fn against_the_reference(runs: u32) -> anyhow::Result<(f64, f64)> {
    let mut least = (f64::MAX, f64::MAX);
    for _ in 0..runs {
        let begun = Instant::now();
        let hashed = count(begun, Duration::from_millis(200))?;
        let ours = begun.elapsed().as_secs_f64() * 1_000.0 / f64::from(hashed);
        least = (least.0.min(ours), least.1.min(reference()?));
    }
    Ok(least)
}

fn reference() -> anyhow::Result<f64> {
    let (memory, passes, lanes) = (MEMORY_KIB.to_string(), PASSES.to_string(), LANES.to_string());
    let mut child = Command::new("argon2")
        .args(["sixteen bytes ok", "-id", "-t", &passes, "-k", &memory, "-p", &lanes])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("the program argon2 (Debian's package of that name)")?;
    child.stdin.take().context("its standard input")?.write_all(b"secret")?;
    let printed = String::from_utf8(child.wait_with_output()?.stdout)?;
    let seconds = printed.lines().find_map(|line| line.strip_suffix(" seconds"));
    let seconds: f64 = seconds.context("it tells no time")?.trim().parse()?;
    Ok(seconds * 1_000.0)
}
