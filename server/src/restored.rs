//! The mark of a log that was brought back from a backup: it may have forgotten whom it has erased.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

fn mark(data: &Path) -> PathBuf {
    data.join("restored")
}

/// Refuses what would make use of a log in `data` that has been restored and does not know yet what
/// happened after its backup.
pub(crate) fn refuse(data: &Path) -> Result<()> {
    if mark(data).exists() {
        bail!(
            "the log in {} was restored from a backup and may have forgotten erasures: run registre \
             erasures replay, with the journal of the log that was lost",
            data.display()
        );
    }
    Ok(())
}

/// Marks `data`, before a log is put there.
pub(crate) fn put(data: &Path) -> Result<()> {
    let write = || {
        File::create(mark(data))?.sync_all()?;
        File::open(data)?.sync_all()
    };
    write().with_context(|| format!("cannot write to {}", data.display()))
}

/// The log in `data` knows again whom it has erased.
pub(crate) fn lift(data: &Path) -> Result<()> {
    match fs::remove_file(mark(data)) {
        Ok(()) => File::open(data)?.sync_all().context("cannot sync the data directory"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).context("the mark of the restored log cannot be removed"),
    }
}
