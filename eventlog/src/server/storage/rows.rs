//! Writing rows.

use rusqlite::{Connection, params};

use super::{
    StorageError,
    record::{Chain, RawFact, Seal, link, payload_digest, write_header},
};
use crate::server::{fact::Fact, settings::Settings};

/// What is kept about a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct StreamRow {
    pub(crate) id: i64,
    /// Revision of its last fact, tombstone aside. Not touched by what is readable.
    pub(crate) last: Option<u64>,
    /// Whether it is gone for good.
    pub(crate) tombstone: bool,
    /// What its metadata document says.
    pub(crate) settings: Settings,
    /// Payloads of facts before this revision are purged.
    pub(crate) purged_before: u64,
}

impl StreamRow {
    pub(super) fn checksum(&self, seal: &Seal, name: &str) -> u32 {
        let numbers = [
            Some(self.id.cast_unsigned()),
            self.last,
            Some(u64::from(self.tombstone)),
            self.settings.max_count,
            self.settings.max_age_seconds,
            self.settings.truncate_before,
            Some(u64::from(self.settings.purge)),
            Some(self.purged_before),
        ];
        let mut bytes = [0; 72];
        for (slot, number) in bytes.chunks_exact_mut(9).zip(numbers) {
            slot[0] = u8::from(number.is_some());
            slot[1..].copy_from_slice(&number.unwrap_or_default().to_be_bytes());
        }
        seal.checksum(&[&bytes, name.as_bytes()])
    }
}

/// Append `fact` of the stream `stream` to the file and say what the next one is chained to.
/// `header` is room to work in.
pub(crate) fn insert_fact(
    tx: &Connection,
    seal: &Seal,
    previous: &Chain,
    stream: i64,
    fact: &Fact,
    header: &mut Vec<u8>,
) -> Result<Chain, StorageError> {
    write_header(fact, header);
    let chain = link(previous, header, &payload_digest(fact.metadata(), fact.data()));
    let checksum = seal.fact_checksum(&RawFact {
        position: fact.position,
        revision: fact.revision,
        checksum: 0,
        chain: &chain,
        payload_digest: None,
        header,
        metadata: fact.metadata(),
        data: fact.data(),
    });
    tx.prepare_cached("INSERT INTO facts VALUES (?1, ?2, ?3, ?4, ?5, NULL, ?6, ?7, ?8)")?.execute(
        params![
            fact.position.cast_signed(),
            stream,
            fact.revision.cast_signed(),
            checksum,
            chain,
            header.as_slice(),
            fact.metadata(),
            fact.data(),
        ],
    )?;
    Ok(chain)
}

/// Enter a stream that has no row yet.
pub(crate) fn insert_stream(
    tx: &Connection,
    seal: &Seal,
    name: &str,
    row: &StreamRow,
) -> Result<(), StorageError> {
    tx.prepare_cached("INSERT INTO streams VALUES (?1, ?10, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?
        .execute(params![
            row.id,
            row.last.map(u64::cast_signed),
            row.tombstone,
            row.settings.max_count.map(u64::cast_signed),
            row.settings.max_age_seconds.map(u64::cast_signed),
            row.settings.truncate_before.map(u64::cast_signed),
            row.settings.purge,
            row.purged_before.cast_signed(),
            row.checksum(seal, name),
            name,
        ])?;
    Ok(())
}

/// Change a stream's row to `row`.
pub(crate) fn update_stream(
    tx: &Connection,
    seal: &Seal,
    name: &str,
    row: &StreamRow,
) -> Result<(), StorageError> {
    tx.prepare_cached(
        "UPDATE streams SET last_revision = ?2, tombstone = ?3, max_count = ?4,
             max_age_seconds = ?5, truncate_before = ?6, purge = ?7, purged_before = ?8,
             checksum = ?9
         WHERE id = ?1",
    )?
    .execute(params![
        row.id,
        row.last.map(u64::cast_signed),
        row.tombstone,
        row.settings.max_count.map(u64::cast_signed),
        row.settings.max_age_seconds.map(u64::cast_signed),
        row.settings.truncate_before.map(u64::cast_signed),
        row.settings.purge,
        row.purged_before.cast_signed(),
        row.checksum(seal, name),
    ])?;
    Ok(())
}
