//! Keeping the file and its write-ahead log within bounds.
//!
//! **Invariant:** `SQLite` never folds the write-ahead log by itself, because it would hide a failed
//! sync from the writer and try again, and a second sync says nothing about what the first one
//! lost. The writer asks for it, and stops for good when it fails. It hardly waits for readers: one
//! that holds its view for long makes the write-ahead log longer, never an append slower.

use std::{
    fs::File,
    io::{self, ErrorKind},
    path::Path,
    time::Duration,
};

use rusqlite::{Connection, config::DbConfig};

use super::{StorageError, wal};

/// The write-ahead log is folded into the database once so many of its pages are not.
const PAGES_UNFOLDED_MAX: u64 = 8_000;
/// It is begun anew at the latest once it holds so many pages, if readers let it.
const PAGES_MAX: u64 = 24_000;
/// How long readers are waited for: they hold their views for one page of facts. A verification or
/// a backup holds one for longer, and is not waited for.
const READERS_WAIT: Duration = Duration::from_millis(10);
/// How long other processes are waited for that open the file at the same moment.
const OTHERS_WAIT: Duration = Duration::from_secs(2);

/// Nothing is written once the file system has less than this left, or less than a twentieth of
/// itself, whichever is smaller: folding needs room, and so do other programs.
const ROOM_BYTES_MIN: u64 = 256 << 20;

/// Take upkeep out of `SQLite`'s hands.
pub(super) fn take_over(writer: &Connection) -> Result<(), rusqlite::Error> {
    writer.execute_batch("PRAGMA wal_autocheckpoint = 0")?;
    writer.busy_timeout(OTHERS_WAIT)?;
    writer.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map(drop)
}

/// Have the disk keep what was recovered from the write-ahead log of `file`: who wrote it may have
/// died before that, and from now on it is served, and witnessed. Folding syncs it only if readers
/// let it fold.
pub(crate) fn keep_recovered(file: &Path) -> Result<(), StorageError> {
    match File::open(wal(file)) {
        Ok(recovered) => recovered.sync_all().map_err(StorageError::Sync),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(StorageError::Sync(error)),
    }
}

/// Fold the write-ahead log into the database if it has grown long.
pub(crate) fn tend(writer: &Connection) -> Result<(), StorageError> {
    let Checkpoint { pages, folded, .. } = checkpoint(writer, "NOOP")?;
    if pages.saturating_sub(folded) < PAGES_UNFOLDED_MAX {
        return Ok(());
    }
    let mode = if pages < PAGES_MAX { "PASSIVE" } else { "RESTART" };
    checkpoint(writer, mode).map(drop)
}

/// Fold all of the write-ahead log and leave nothing in it. Says whether readers let it.
pub(crate) fn fold_all(writer: &Connection) -> Result<bool, StorageError> {
    Ok(checkpoint(writer, "TRUNCATE")?.done)
}

/// How many frames of the write-ahead log count.
pub(super) fn frames(writer: &Connection) -> Result<u64, StorageError> {
    Ok(checkpoint(writer, "NOOP")?.pages)
}

struct Checkpoint {
    done: bool,
    /// How many pages the write-ahead log held.
    pages: u64,
    /// How many of them are folded.
    folded: u64,
}

fn checkpoint(writer: &Connection, mode: &str) -> Result<Checkpoint, StorageError> {
    writer.busy_timeout(READERS_WAIT)?;
    let sql = format!("PRAGMA wal_checkpoint({mode})");
    // Both are -1 as long as there is no write-ahead log.
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    let checkpoint = writer.prepare_cached(&sql)?.query_row([], |row| {
        Ok(Checkpoint {
            done: row.get::<_, i64>(0)? == 0,
            pages: count(row.get(1)?),
            folded: count(row.get(2)?),
        })
    });
    writer.busy_timeout(OTHERS_WAIT)?;
    Ok(checkpoint?)
}

/// Whether the file system of `directory` has room to write.
pub(crate) fn has_room(directory: &Path) -> io::Result<bool> {
    let statistics = fs4::statvfs(directory)?;
    let needed = ROOM_BYTES_MIN.min(statistics.total_space() / 20);
    Ok(statistics.available_space() >= needed)
}
