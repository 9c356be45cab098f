//! `registre log verify`

use std::path::Path;

use anyhow::{Context, Result};
use eventlog::server;

use super::progress::bar;

/// Looks at every fact; says what the log consists of, or names the first fact that is not as it
/// was written.
pub(crate) fn run(data: &Path) -> Result<()> {
    let progress = bar(0);
    let report = server::verify(&data.join("log"), |done| {
        progress.set_length(done.total);
        progress.set_position(done.facts);
    });
    progress.finish_and_clear();
    let report = report.context("the log does not verify")?;
    println!("log      {}", report.log);
    println!("facts    {}", report.facts);
    println!("streams  {}", report.streams);
    println!("purged   {}", report.purged);
    println!("head     {}", report.head);
    Ok(())
}
