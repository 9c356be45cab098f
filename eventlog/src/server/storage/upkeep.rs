//! Keeping the file and its write-ahead log within bounds.
//!
//! **Invariant:** `SQLite` never folds the write-ahead log by itself, because it would hide a failed
//! sync from the writer and try again, and a second sync says nothing about what the first one
//! lost. The writer asks for it, and stops for good when it fails.

use std::{io, path::Path, time::Duration};

use rusqlite::{Connection, config::DbConfig};

use super::StorageError;

/// If readers keep it from being begun anew, they are waited for once it holds so many pages.
const PAGES_MAX: i64 = 16_000;
/// A reader holds its view for one page of facts.
const READERS_WAIT: Duration = Duration::from_secs(5);

/// Nothing is written once the file system has less than this left, or less than a twentieth of
/// itself, whichever is smaller: folding needs room, and so do other programs.
const ROOM_BYTES_MIN: u64 = 256 << 20;

/// Take upkeep out of `SQLite`'s hands.
pub(super) fn take_over(writer: &Connection) -> Result<(), rusqlite::Error> {
    writer.execute_batch("PRAGMA wal_autocheckpoint = 0")?;
    writer.busy_timeout(READERS_WAIT)?;
    writer.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map(drop)
}

/// Fold the write-ahead log into the database. Readers are waited for only if they have kept it
/// from being begun anew for long.
pub(crate) fn fold(writer: &Connection) -> Result<(), StorageError> {
    let (_, pages, folded) = checkpoint(writer, "PASSIVE")?;
    if pages > PAGES_MAX && folded < pages {
        checkpoint(writer, "RESTART")?;
    }
    Ok(())
}

/// Fold all of the write-ahead log and leave nothing in it.
pub(crate) fn fold_all(writer: &Connection) -> Result<bool, StorageError> {
    let (busy, _, _) = checkpoint(writer, "TRUNCATE")?;
    Ok(busy == 0)
}

fn checkpoint(writer: &Connection, mode: &str) -> Result<(i64, i64, i64), StorageError> {
    Ok(writer.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?)
}

/// Whether the file system of `directory` has room to write.
pub(crate) fn has_room(directory: &Path) -> io::Result<bool> {
    let statistics = fs4::statvfs(directory)?;
    let needed = ROOM_BYTES_MIN.min(statistics.total_space() / 20);
    Ok(statistics.available_space() >= needed)
}
