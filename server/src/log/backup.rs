//! `registre log backup`

use std::path::Path;

use anyhow::{Context, Result};
use eventlog::server;

use crate::output::print;

/// Copies the log, running or not, and verifies the copy.
pub(crate) fn run(data: &Path, to: &Path) -> Result<()> {
    let position = server::backup(&data.join("log"), &to.join("log"))?;
    super::verify::run(to).with_context(|| format!("the copy in {} is bad", to.display()))?;
    print(&[format!("up to    position {position}; the keys are not in it")]);
    Ok(())
}
