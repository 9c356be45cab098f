//! Figures next to what they are compared with.

use std::{
    fs::File,
    io::Write,
    path::Path,
    time::{Duration, Instant},
};

use crate::latencies::Latencies;

/// Prints a figure next to what it is compared with.
pub(crate) fn compare(what: &str, measured: &Latencies, with: f64, called: &str) {
    let ratio = measured.per_second() / with;
    println!("{what:<22} {measured} = {ratio:.2} × {called} ({with:.0}/s)");
}

/// Small appends to a file per second, each made durable.
pub(crate) fn fsyncs(directory: &Path, within: Duration) -> anyhow::Result<f64> {
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
