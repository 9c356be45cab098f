//! Reading rows: one view of the file that does not change while it is held.
//!
//! **Invariant:** positions of the log and revisions of a stream run without a gap, so a row that a
//! damaged page or index hides is missed and named, never skipped.

use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::{
    StorageError, StreamRow,
    record::{Chain, RawFact, Seal},
    walk::Walk,
};
use crate::server::{fact::Fact, settings::Settings};

/// Columns of a fact in the order in which `raw_fact` reads them.
macro_rules! columns {
    () => {
        "position, revision, checksum, chain, payload_digest, header, metadata, data"
    };
}
pub(super) use columns;

/// A page of facts is cut when it holds so many bytes.
const PAGE_BYTES_MAX: usize = 1 << 20;

/// What the file says at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Snapshot<'a> {
    connection: &'a Connection,
    seal: &'a Seal,
}

impl<'a> Snapshot<'a> {
    /// Read through `connection`, within its transaction.
    pub(crate) fn new(connection: &'a Connection, seal: &'a Seal) -> Self {
        Self { connection, seal }
    }

    /// Position and chain of the last fact; zeroes in an empty log.
    pub(crate) fn head(&self) -> Result<(u64, Chain), StorageError> {
        let head = self
            .connection
            .prepare_cached("SELECT position, chain FROM facts ORDER BY position DESC LIMIT 1")?
            .query_row([], |row| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?)))
            .optional()?;
        Ok(head.unwrap_or_default())
    }

    /// Walk on along the chain; see [`Walk::step`].
    pub(super) fn walk(&self, walk: &mut Walk, limit: u32) -> Result<u64, StorageError> {
        walk.step(self.connection, self.seal, limit, |_| Ok(()))
    }

    /// What is kept about the stream `name`, if anything.
    pub(crate) fn stream(&self, name: &str) -> Result<Option<StreamRow>, StorageError> {
        let found = self
            .connection
            .prepare_cached(
                "SELECT id, last_revision, tombstone, max_count, max_age_seconds,
                     truncate_before, purge, purged_before, checksum
                 FROM streams WHERE name = ?1",
            )?
            .query_row([name], |row| Ok((stream_row(row)?, row.get::<_, u32>(8)?)))
            .optional()?;
        match found {
            Some((row, checksum)) if row.checksum(self.seal, name) == checksum => Ok(Some(row)),
            Some(_) => Err(StorageError::StreamDamaged {
                stream: name.to_owned(),
                what: "its checksum does not match",
            }),
            None => Ok(None),
        }
    }

    /// The largest number that stands for a stream.
    pub(crate) fn last_stream_id(&self) -> Result<i64, StorageError> {
        Ok(self
            .connection
            .query_row("SELECT coalesce(max(id), 0) FROM streams", [], |row| row.get(0))?)
    }

    /// The fact `revision` of a stream.
    pub(crate) fn fact(
        &self,
        name: &str,
        stream: i64,
        revision: u64,
    ) -> Result<Option<Fact>, StorageError> {
        let page = self.page(
            concat!("SELECT ", columns!(), " FROM facts WHERE stream = ?1 AND revision = ?2"),
            params![stream, revision.cast_signed()],
            1,
        )?;
        let facts = page.unbroken(|fact| fact.revision, |_| revision, revision)?;
        of_stream(name, &facts)?;
        Ok(facts.into_iter().next())
    }

    /// At most `limit` facts of a stream from revision `from` up to `last`.
    pub(crate) fn stream_forwards(
        &self,
        name: &str,
        stream: i64,
        from: u64,
        last: u64,
        limit: usize,
    ) -> Result<Vec<Fact>, StorageError> {
        let page = self.page(
            concat!(
                "SELECT ",
                columns!(),
                " FROM facts
                 WHERE stream = ?1 AND revision BETWEEN ?2 AND ?3 ORDER BY revision LIMIT ?4"
            ),
            params![stream, from.cast_signed(), last.cast_signed(), signed(limit)],
            limit,
        )?;
        if page.is_blank() && from <= last {
            return Err(hidden(name));
        }
        let page = page.unbroken(|fact| fact.revision, |index| from.saturating_add(index), last)?;
        of_stream(name, &page)?;
        Ok(page)
    }

    /// At most `limit` facts of a stream from revision `from` down to `first`, newest first.
    pub(crate) fn stream_backwards(
        &self,
        name: &str,
        stream: i64,
        from: u64,
        first: u64,
        limit: usize,
    ) -> Result<Vec<Fact>, StorageError> {
        let page = self.page(
            concat!(
                "SELECT ",
                columns!(),
                " FROM facts
                 WHERE stream = ?1 AND revision BETWEEN ?3 AND ?2 ORDER BY revision DESC LIMIT ?4"
            ),
            params![stream, from.cast_signed(), first.cast_signed(), signed(limit)],
            limit,
        )?;
        if page.is_blank() && from >= first {
            return Err(hidden(name));
        }
        let page =
            page.unbroken(|fact| fact.revision, |index| from.saturating_sub(index), first)?;
        of_stream(name, &page)?;
        Ok(page)
    }

    /// At most `limit` facts after `position`. The log is known to reach up to `head` at least.
    pub(crate) fn forwards(
        &self,
        position: u64,
        head: u64,
        limit: usize,
    ) -> Result<Vec<Fact>, StorageError> {
        let page = self.page(
            concat!(
                "SELECT ",
                columns!(),
                " FROM facts WHERE position > ?1 ORDER BY position LIMIT ?2"
            ),
            params![clamped(position), signed(limit)],
            limit,
        )?;
        if page.is_blank() && position < head {
            return Err(StorageError::Damaged { position: position + 1, what: "it is missing" });
        }
        let end = page.facts.last().map_or(position, |fact| fact.position).max(head);
        page.unbroken(|fact| fact.position, |index| position.saturating_add(1 + index), end)
    }

    /// At most `limit` facts before `position`, newest first. `position` is not behind the head by
    /// more than one.
    pub(crate) fn backwards(&self, position: u64, limit: usize) -> Result<Vec<Fact>, StorageError> {
        let page = self.page(
            concat!(
                "SELECT ",
                columns!(),
                " FROM facts WHERE position < ?1 ORDER BY position DESC LIMIT ?2"
            ),
            params![clamped(position), signed(limit)],
            limit,
        )?;
        if page.is_blank() && position > 1 {
            return Err(StorageError::Damaged { position: position - 1, what: "it is missing" });
        }
        page.unbroken(|fact| fact.position, |index| position.saturating_sub(1 + index), 1)
    }

    /// Names of the streams whose expired payloads are to be purged.
    pub(crate) fn streams_to_purge(&self) -> Result<Vec<String>, StorageError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT name FROM streams WHERE purge = 1 AND max_age_seconds IS NOT NULL",
        )?;
        let names = statement.query_map([], |row| row.get(0))?;
        Ok(names.collect::<Result<_, _>>()?)
    }

    /// Ids of the newest `limit` facts with their streams and revisions, newest first.
    pub(crate) fn newest_ids(&self, limit: usize) -> Result<Vec<(i64, Uuid, u64)>, StorageError> {
        let mut statement = self.connection.prepare(
            "SELECT stream, revision, substr(header, 3, 16) FROM facts
             ORDER BY position DESC LIMIT ?1",
        )?;
        let rows = statement.query_map([signed(limit)], |row| {
            let revision: i64 = row.get(1)?;
            Ok((row.get(0)?, Uuid::from_bytes(row.get(2)?), revision.cast_unsigned()))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn page(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        limit: usize,
    ) -> Result<Page, StorageError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(parameters)?;
        let mut facts = Vec::with_capacity(limit.min(64));
        let mut bytes = 0;
        while facts.len() < limit && bytes < PAGE_BYTES_MAX {
            let Some(row) = rows.next()? else { return Ok(Page { facts, exhausted: true }) };
            let fact = self.seal.open(&raw_fact(row)?)?;
            bytes += fact.size();
            facts.push(fact);
        }
        Ok(Page { facts, exhausted: false })
    }
}

pub(super) fn raw_fact<'row>(row: &'row Row<'_>) -> Result<RawFact<'row>, rusqlite::Error> {
    let blob =
        |index| -> Result<&'row [u8], rusqlite::Error> { Ok(row.get_ref(index)?.as_blob()?) };
    Ok(RawFact {
        position: row.get::<_, i64>(0)?.cast_unsigned(),
        revision: row.get::<_, i64>(1)?.cast_unsigned(),
        checksum: row.get(2)?,
        chain: blob(3)?,
        payload_digest: row.get_ref(4)?.as_blob_or_null()?,
        header: blob(5)?,
        metadata: blob(6)?,
        data: blob(7)?,
    })
}

pub(super) fn stream_row(row: &Row<'_>) -> Result<StreamRow, rusqlite::Error> {
    let number = |index| -> Result<Option<u64>, rusqlite::Error> {
        Ok(row.get::<_, Option<i64>>(index)?.map(i64::cast_unsigned))
    };
    Ok(StreamRow {
        id: row.get(0)?,
        last: number(1)?,
        tombstone: row.get(2)?,
        settings: Settings {
            max_count: number(3)?,
            max_age_seconds: number(4)?,
            truncate_before: number(5)?,
            purge: row.get(6)?,
        },
        purged_before: row.get::<_, i64>(7)?.cast_unsigned(),
    })
}

/// Facts as they were found.
#[derive(Debug)]
struct Page {
    facts: Vec<Fact>,
    /// Whether there are no more.
    exhausted: bool,
}

impl Page {
    /// Whether there is nothing at all where it was looked for.
    fn is_blank(&self) -> bool {
        self.facts.is_empty() && self.exhausted
    }

    /// The facts, if the one at each index has the `expected` number and, where there are no more,
    /// the last one has the number `end`. A page that was asked for beyond `end` is empty.
    fn unbroken(
        self,
        number: impl Fn(&Fact) -> u64,
        expected: impl Fn(u64) -> u64,
        end: u64,
    ) -> Result<Vec<Fact>, StorageError> {
        for (index, fact) in self.facts.iter().enumerate() {
            if number(fact) != expected(index as u64) {
                let position = fact.position;
                return Err(StorageError::Damaged { position, what: "its neighbour is missing" });
            }
        }
        if let Some(fact) = self.facts.last().filter(|fact| self.exhausted && number(fact) != end) {
            let position = fact.position;
            return Err(StorageError::Damaged { position, what: "what follows it is missing" });
        }
        Ok(self.facts)
    }
}

/// All facts of a stretch that the stream `name` is known to have are out of sight.
fn hidden(name: &str) -> StorageError {
    StorageError::StreamDamaged { stream: name.to_owned(), what: "its facts are missing" }
}

/// Refuse facts that a damaged index says are of the stream `name`.
fn of_stream(name: &str, facts: &[Fact]) -> Result<(), StorageError> {
    match facts.iter().find(|fact| fact.stream() != name.as_bytes()) {
        Some(&Fact { position, .. }) => {
            Err(StorageError::Damaged { position, what: "it belongs to another stream" })
        }
        None => Ok(()),
    }
}

fn signed(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn clamped(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}
