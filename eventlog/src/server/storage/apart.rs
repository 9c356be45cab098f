//! A backup whose secrets lie apart: payloads of some streams stand in a file of their own, which may
//! have a shorter life than the rest.
//!
//! **Invariant:** a row keeps its size and its checksum. So what was taken out fits in again and
//! nothing else does: a log that lacks some of it does not verify.

use std::{
    fs::{self, File},
    path::Path,
};

use rusqlite::{Connection, OpenFlags};

use super::{
    BackupError, VerifyError,
    backup::{backup, failed},
    verify,
};

/// Leaves no copy of a page behind, in the file or beside it.
const WITHOUT_TRACES: &str = "PRAGMA journal_mode = MEMORY; PRAGMA secure_delete = ON;";

/// Does what [`backup`] does, and verifies the copy; then puts what streams say whose names begin
/// with `prefix` into the file `apart`, which must not be there yet, and blanks it in the copy. The
/// copy is not a log until it is all put back.
///
/// # Errors
///
/// [`BackupError`]; what was begun is taken away again.
pub fn backup_apart(
    directory: &Path,
    to: &Path,
    prefix: &str,
    apart: &Path,
) -> Result<u64, BackupError> {
    if apart.exists() {
        return Err(BackupError::Taken(apart.to_owned()));
    }
    let position = backup(directory, to)?;
    let taken = take_out(to, prefix, apart).inspect_err(|_| {
        let _there_is_nothing_more_to_do = (fs::remove_dir_all(to), fs::remove_file(apart));
    });
    taken.map(|()| position)
}

fn take_out(copy: &Path, prefix: &str, apart: &Path) -> Result<(), BackupError> {
    verify(copy, |_| ())?;
    let file = attached(copy, apart)?;
    let begun = file.execute_batch(
        "BEGIN;
         CREATE TABLE apart.payloads (position INTEGER PRIMARY KEY, payload BLOB NOT NULL) STRICT;",
    );
    let taken = begun
        .and_then(|()| {
            file.execute(
                "INSERT INTO apart.payloads SELECT position, payload FROM facts
                 WHERE NOT purged AND stream IN
                     (SELECT id FROM streams WHERE substr(name, 1, length(?1)) = ?1)",
                [prefix],
            )
        })
        .and_then(|_| {
            file.execute_batch(
                "UPDATE facts SET payload = zeroblob(length(payload))
                 WHERE position IN (SELECT position FROM apart.payloads);
                 COMMIT",
            )
        });
    taken.map_err(VerifyError::from)?;
    drop(file);
    let synced = [copy.join("."), super::file(copy), apart.to_owned()];
    synced.iter().try_for_each(|path| File::open(path)?.sync_all()).map_err(failed(apart))
}

/// Puts what was taken `apart` back into the copy in `directory`, and verifies it: it is a log again.
/// Done twice, it is done.
///
/// # Errors
///
/// [`BackupError`], in particular when `apart` does not hold all that is missing.
pub fn put_back(directory: &Path, apart: &Path) -> Result<(), BackupError> {
    fs::metadata(apart).map_err(failed(apart))?;
    let file = attached(directory, apart)?;
    file.execute_batch(
        "UPDATE facts SET payload = payloads.payload
         FROM apart.payloads WHERE payloads.position = facts.position",
    )
    .map_err(VerifyError::from)?;
    drop(file);
    File::open(super::file(directory))
        .and_then(|file| file.sync_all())
        .map_err(failed(directory))?;
    verify(directory, |_| ())?;
    Ok(())
}

/// The log in `directory`, which nobody runs, together with `apart`.
fn attached(directory: &Path, apart: &Path) -> Result<Connection, BackupError> {
    let open = || {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let file = Connection::open_with_flags(super::file(directory), flags)?;
        file.execute("ATTACH ?1 AS apart", [apart.as_os_str().to_string_lossy()])?;
        file.execute_batch(WITHOUT_TRACES)?;
        Ok::<_, rusqlite::Error>(file)
    };
    Ok(open().map_err(VerifyError::from)?)
}
