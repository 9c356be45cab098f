//! `registre log verify`

use std::path::Path;

use anyhow::{Context, Result};
use eventlog::server;

use super::progress::bar;
use crate::output::print;

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
    print(&[
        format!("log      {}", report.log),
        format!("facts    {}", report.facts),
        format!("streams  {}", report.streams),
        format!("purged   {}", report.purged),
        format!("head     {}", report.head),
    ]);
    Ok(())
}
