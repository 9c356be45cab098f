//! One log per directory.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::Path,
};

/// Held for as long as the log may write. The system lets go of it when the process dies.
#[derive(Debug)]
pub(crate) struct Lock(File);

/// Why the directory could not be locked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LockError {
    /// Another log has it.
    #[error("another log runs on this directory")]
    Taken,
    /// See the source.
    #[error("lock file cannot be used")]
    Io(#[from] io::Error),
}

impl Lock {
    /// Lock `directory`, which exists.
    pub(crate) fn take(directory: &Path) -> Result<Self, LockError> {
        let path = directory.join("lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(LockError::Taken),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}

impl Drop for Lock {
    /// To close the file is not enough: a program that is just being started by this process holds
    /// it too, for a moment, and would keep the directory locked.
    fn drop(&mut self) {
        if let Err(error) = self.0.unlock() {
            tracing::warn!(%error, "the log's directory stays locked for a moment");
        }
    }
}
