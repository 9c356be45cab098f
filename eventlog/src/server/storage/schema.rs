//! Tables of the file, and the identity of the log in it.
//!
//! A row of `facts` is sealed (`record`): `seal` holds what the chain covers and what a reader checks
//! with, `payload` the rest, of which its digest in the seal is what is left once it is `purged`.
//! `stream` and `revision` repeat what the header says, for the index. A row of `streams` says how
//! far its stream goes, what of it is readable, and from when on something of it is to be purged.
//!
//! **Invariant:** a row of `facts` never changes its size, because `SQLite` then overwrites it where
//! it stands: a row that grew or shrank would be moved, and leave bytes of itself and its
//! neighbours behind. Hence a digest and a checksum of fixed length from the beginning.

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::OpenError;
use crate::server::chance;

/// Stored. Grows when the tables change.
pub(super) const FORMAT: i64 = 3;

/// So many revisions of a stream, as a power of two, stand together in the index over facts.
///
/// Blocks come first in it, so that the first facts of new streams all go to one edge of a block,
/// and streams that grow side by side stay together: a commit then changes few of its pages.
const BLOCK_BITS: u32 = 4;

/// The block that `revision` of a stream is indexed in, which SQL calls `revision >> 4`.
pub(super) fn block(revision: u64) -> u64 {
    revision >> BLOCK_BITS
}

/// The first revision of `block`.
pub(super) fn block_start(block: u64) -> u64 {
    block << BLOCK_BITS
}

/// The last revision of `block`.
pub(super) fn block_end(block: u64) -> u64 {
    block_start(block) | ((1 << BLOCK_BITS) - 1)
}

const TABLES: &str = "
    CREATE TABLE log (
        id BLOB NOT NULL,
        format INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE facts (
        position INTEGER PRIMARY KEY,
        stream INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        purged INTEGER NOT NULL,
        seal BLOB NOT NULL,
        payload BLOB NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX facts_by_stream ON facts (revision >> 4, stream, revision);
    CREATE TABLE streams (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        last_revision INTEGER,
        tombstone INTEGER NOT NULL,
        max_count INTEGER,
        max_age_seconds INTEGER,
        truncate_before INTEGER,
        purge INTEGER NOT NULL,
        purged_before INTEGER NOT NULL,
        purge_due INTEGER,
        checksum INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX streams_by_name ON streams (name);
    CREATE INDEX streams_to_purge ON streams (purge_due) WHERE purge_due IS NOT NULL;
";

/// Create the tables where there are none, and say which log this is.
pub(crate) fn prepare(writer: &mut Connection) -> Result<Uuid, OpenError> {
    let tx = writer.transaction()?;
    let there: Option<i64> = tx
        .query_row("SELECT 1 FROM sqlite_schema WHERE name = 'log'", [], |row| row.get(0))
        .optional()?;
    if there.is_none() {
        tx.execute_batch(TABLES)?;
        let id = chance::new_id();
        tx.execute("INSERT INTO log VALUES (?1, ?2)", params![id.as_bytes(), FORMAT])?;
    }
    let id = identity(&tx)?;
    tx.commit()?;
    Ok(id)
}

/// Which log this is.
pub(crate) fn identity(connection: &Connection) -> Result<Uuid, OpenError> {
    let (id, format): ([u8; 16], i64) =
        connection
            .query_row("SELECT id, format FROM log", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if format == FORMAT { Ok(Uuid::from_bytes(id)) } else { Err(OpenError::Format(format)) }
}
