//! The calibrations of the run, and figures next to them.

use std::{
    fs::File,
    io::Write,
    path::Path,
    time::{Duration, Instant},
};

use super::{hashes, service::Process};
use crate::{latencies::Latencies, postgres::Postgres};

const MIB: f64 = 1024.0 * 1024.0;

/// What the machine does without the service.
pub(crate) struct Report {
    pub(crate) hashes: f64,
    pub(crate) inserts: f64,
}

impl Report {
    /// Calibrates, and prints it.
    pub(crate) fn calibrated(
        postgres: &Postgres,
        directory: &Path,
        within: Duration,
    ) -> anyhow::Result<Self> {
        let inserts = postgres.inserts(within)?.sixty_four;
        println!("calibration    fsync {:>6.0}/s", fsyncs(directory, within / 5)?);
        let hashes = hashes::all_cores(within)?;
        println!("calibration    Argon2id {hashes:>6.1}/s on all cores");
        match hashes::against_the_reference(10) {
            Ok((ours, theirs)) => println!(
                "calibration    one hash: {ours:.2} ms by the crate, {theirs:.2} ms by the C library \
                 = {:.2} × its rate",
                theirs / ours
            ),
            Err(missing) => println!("calibration    C library not measured: {missing:#}"),
        }
        Ok(Self { hashes, inserts })
    }
}

/// Prints what the service takes when nobody asks it anything.
pub(crate) fn idle(registre: &Process) -> anyhow::Result<()> {
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let resident = registre.resident()? as f64 / MIB;
    println!("idle                   {resident:.1} MiB resident");
    Ok(())
}

/// Prints a figure next to what it is compared with.
pub(crate) fn compare(what: &str, measured: &Latencies, with: f64, called: &str) {
    println!("{what:<22} {measured} = {:.2} × {called}", measured.per_second / with);
}

/// Small appends to a file per second, each made durable.
fn fsyncs(directory: &Path, within: Duration) -> anyhow::Result<f64> {
    let mut file = File::create(directory.join("fsync"))?;
    let begun = Instant::now();
    let mut count = 0_u32;
    while begun.elapsed() < within {
        file.write_all(&[0; 512])?;
        file.sync_data()?;
        count += 1;
    }
    Ok(f64::from(count) / begun.elapsed().as_secs_f64())
}
