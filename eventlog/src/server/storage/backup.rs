//! A copy of a log that may be running.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use super::{Seal, Seen, Snapshot, VerifyError, Witness, open_reader, schema::identity};

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The place is taken: a backup does not overwrite anything.
    #[error("{0} is there already")]
    Taken(PathBuf),
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] VerifyError),
    /// The copy cannot be written.
    #[error("backup cannot be written to {path}")]
    Io {
        /// Where to.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// The system says no about `path`.
pub(super) fn failed(path: &Path) -> impl Fn(io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::Io { path: path.clone(), source }
}

/// Copies the log in `directory` to `to`, which must not be there yet: everything that was
/// acknowledged before this is called, as one moment of the log. The log may be running meanwhile,
/// in this process or in another. Tells the position that the copy ends at.
///
/// The copy is a log's directory: it can be verified and served.
///
/// # Errors
///
/// [`BackupError`]; what was begun is taken away again.
pub fn backup(directory: &Path, to: &Path) -> Result<u64, BackupError> {
    if to.exists() {
        return Err(BackupError::Taken(to.to_owned()));
    }
    fs::create_dir_all(to).map_err(failed(to))?;
    copy(directory, to).inspect_err(|_| {
        let _there_is_nothing_more_to_do = fs::remove_dir_all(to);
    })
}

fn copy(directory: &Path, to: &Path) -> Result<u64, BackupError> {
    let failed = failed(to);
    let (source, target) = (super::file(directory), super::file(to));
    fs::metadata(&source).map_err(&failed)?;
    let reader = open_reader(&source).map_err(VerifyError::from)?;
    // One statement is one snapshot, whatever the writer does meanwhile.
    reader
        .execute("VACUUM INTO ?1", [target.as_os_str().to_string_lossy()])
        .map_err(VerifyError::from)?;
    File::open(&target).and_then(|file| file.sync_all()).map_err(&failed)?;

    let copied = open_reader(&target).map_err(VerifyError::from)?;
    let log = identity(&copied).map_err(VerifyError::from)?;
    let (position, chain) =
        Snapshot::new(&copied, &Seal::new(log)).head().map_err(VerifyError::from)?;
    Witness::open(to, log, Seen { position, chain }).map_err(&failed)?;
    File::open(to).and_then(|folder| folder.sync_all()).map_err(failed)?;
    Ok(position)
}
