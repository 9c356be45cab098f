//! Writing rows.

use rusqlite::{CachedStatement, Connection, params};

use super::{
    StorageError,
    record::{Chain, Seal},
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
    /// Ticks from which on the first of its other facts is to be purged.
    pub(crate) purge_due: Option<i64>,
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
            self.purge_due.map(i64::cast_unsigned),
        ];
        let mut bytes = [0; 81];
        for (slot, number) in bytes.chunks_exact_mut(9).zip(numbers) {
            slot[0] = u8::from(number.is_some());
            slot[1..].copy_from_slice(&number.unwrap_or_default().to_be_bytes());
        }
        seal.checksum(&[&bytes, name.as_bytes()])
    }
}

/// Writes rows within one transaction.
pub(crate) struct Rows<'a> {
    seal: &'a Seal,
    insert_fact: CachedStatement<'a>,
    insert_stream: CachedStatement<'a>,
    update_stream: CachedStatement<'a>,
    advance_stream: CachedStatement<'a>,
    /// Room to work in.
    sealed: Vec<u8>,
    payload: Vec<u8>,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(tx: &'a Connection, seal: &'a Seal) -> Result<Self, StorageError> {
        Ok(Self {
            seal,
            insert_fact: tx.prepare_cached("INSERT INTO facts VALUES (?1, ?2, ?3, 0, ?4, ?5)")?,
            insert_stream: tx.prepare_cached(
                "INSERT INTO streams VALUES (?1, ?11, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?,
            update_stream: tx.prepare_cached(
                "UPDATE streams SET last_revision = ?2, tombstone = ?3, max_count = ?4,
                     max_age_seconds = ?5, truncate_before = ?6, purge = ?7, purged_before = ?8,
                     purge_due = ?9, checksum = ?10
                 WHERE id = ?1",
            )?,
            advance_stream: tx.prepare_cached(
                "UPDATE streams SET last_revision = ?2, checksum = ?3 WHERE id = ?1",
            )?,
            sealed: Vec::new(),
            payload: Vec::new(),
        })
    }

    /// Append `fact` of the stream numbered `stream`, and say what the next one is chained to.
    pub(crate) fn insert_fact(
        &mut self,
        previous: &Chain,
        stream: i64,
        fact: &Fact,
    ) -> Result<Chain, StorageError> {
        let Self { sealed, payload, .. } = self;
        let chain = self.seal.close(previous, fact, sealed, payload);
        let (sealed, payload) = (sealed.as_slice(), payload.as_slice());
        let (position, revision) = (fact.position.cast_signed(), fact.revision.cast_signed());
        self.insert_fact.execute(params![position, stream, revision, sealed, payload])?;
        Ok(chain)
    }

    /// Enter a stream that has no row yet.
    pub(crate) fn insert_stream(
        &mut self,
        name: &str,
        row: &StreamRow,
    ) -> Result<(), StorageError> {
        self.insert_stream.execute(params![
            row.id,
            row.last.map(u64::cast_signed),
            row.tombstone,
            row.settings.max_count.map(u64::cast_signed),
            row.settings.max_age_seconds.map(u64::cast_signed),
            row.settings.truncate_before.map(u64::cast_signed),
            row.settings.purge,
            row.purged_before.cast_signed(),
            row.purge_due,
            row.checksum(self.seal, name),
            name,
        ])?;
        Ok(())
    }

    /// Change a stream's row to `row`.
    pub(crate) fn update_stream(
        &mut self,
        name: &str,
        row: &StreamRow,
    ) -> Result<(), StorageError> {
        self.update_stream.execute(params![
            row.id,
            row.last.map(u64::cast_signed),
            row.tombstone,
            row.settings.max_count.map(u64::cast_signed),
            row.settings.max_age_seconds.map(u64::cast_signed),
            row.settings.truncate_before.map(u64::cast_signed),
            row.settings.purge,
            row.purged_before.cast_signed(),
            row.purge_due,
            row.checksum(self.seal, name),
        ])?;
        Ok(())
    }

    /// Change a stream's row to `row`, which differs by its last revision alone. That is what most
    /// appends change, and no index has to be looked at for it.
    pub(crate) fn advance_stream(
        &mut self,
        name: &str,
        row: &StreamRow,
    ) -> Result<(), StorageError> {
        let last = row.last.map(u64::cast_signed);
        self.advance_stream.execute(params![row.id, last, row.checksum(self.seal, name)])?;
        Ok(())
    }
}
