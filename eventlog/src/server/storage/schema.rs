//! Tables of the file, and the identity of the log in it.
//!
//! A row of `facts` is sealed (`record`): `header` holds what the chain covers, `metadata` and
//! `data` the payload, `payload_digest` stands in for a payload that was purged. `stream` and
//! `revision` repeat what the header says, for the index. A row of `streams` says how far its
//! stream goes and what of it is readable.

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::OpenError;
use crate::server::chance;

/// Stored. Grows when the tables change.
pub(super) const FORMAT: i64 = 1;

const TABLES: &str = "
    CREATE TABLE log (
        id BLOB NOT NULL,
        format INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE facts (
        position INTEGER PRIMARY KEY,
        stream INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        checksum INTEGER NOT NULL,
        chain BLOB NOT NULL,
        payload_digest BLOB,
        header BLOB NOT NULL,
        metadata BLOB NOT NULL,
        data BLOB NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX facts_by_stream ON facts (stream, revision);
    CREATE TABLE streams (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        last_revision INTEGER,
        tombstone INTEGER NOT NULL,
        max_count INTEGER,
        max_age_seconds INTEGER,
        truncate_before INTEGER,
        purge INTEGER NOT NULL,
        purged_before INTEGER NOT NULL,
        checksum INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX streams_to_purge ON streams (id) WHERE purge = 1;
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
