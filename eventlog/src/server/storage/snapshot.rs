//! Reading rows: one view of the file that does not change while it is held.
//!
//! **Invariant:** positions of the log and revisions of a stream run without a gap, so a row that a
//! damaged page or index hides is missed and named, never skipped.

use std::ops::ControlFlow;

use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::{
    StorageError, StreamRow,
    record::{Chain, RawFact, Seal},
    schema::{block, block_end, block_start},
};
use crate::server::{
    fact::{Fact, FactRef},
    settings::Settings,
};

/// Columns of a fact in the order in which `raw_fact` reads them.
macro_rules! columns {
    () => {
        "position, revision, purged, seal, payload"
    };
}
pub(super) use columns;

/// Columns of a stream in the order in which `stream_row` reads them, and its checksum.
macro_rules! stream_columns {
    () => {
        "id, last_revision, tombstone, max_count, max_age_seconds, truncate_before, purge, \
         purged_before, purge_due, checksum"
    };
}
pub(super) use stream_columns;

/// A run of a stream's facts within one block of the index.
const RUN_FORWARDS: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM facts INDEXED BY facts_by_stream
     WHERE revision >> 4 = ?1 AND stream = ?2 AND revision BETWEEN ?3 AND ?4 ORDER BY revision"
);
const RUN_BACKWARDS: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM facts INDEXED BY facts_by_stream
     WHERE revision >> 4 = ?1 AND stream = ?2 AND revision BETWEEN ?3 AND ?4
     ORDER BY revision DESC"
);

/// A page of facts is cut when it holds so many bytes.
const PAGE_BYTES_MAX: usize = 256 << 10;

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

    /// What it reads through, and what it checks with.
    pub(super) fn parts(&self) -> (&'a Connection, &'a Seal) {
        (self.connection, self.seal)
    }

    /// Position and chain of the last fact; zeroes in an empty log.
    pub(crate) fn head(&self) -> Result<(u64, Chain), StorageError> {
        let head = self
            .connection
            .prepare_cached(
                "SELECT position, substr(seal, 5, 32) FROM facts ORDER BY position DESC LIMIT 1",
            )?
            .query_row([], |row| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?)))
            .optional()?;
        Ok(head.unwrap_or_default())
    }

    /// What is kept about the stream `name`, if anything.
    pub(crate) fn stream(&self, name: &str) -> Result<Option<StreamRow>, StorageError> {
        let of = |error: rusqlite::Error| StorageError::from(error).of(name);
        let found = self
            .connection
            .prepare_cached(concat!("SELECT ", stream_columns!(), " FROM streams WHERE name = ?1"))
            .map_err(of)?
            .query_row([name], |row| Ok((stream_row(row)?, row.get::<_, u32>(9)?)))
            .optional()
            .map_err(of)?;
        match found {
            Some((row, checksum)) if row.checksum(self.seal, name) == checksum => Ok(Some(row)),
            Some(_) => Err(StorageError::stream(name, "its checksum does not match")),
            None => Ok(None),
        }
    }

    /// The largest number that stands for a stream.
    pub(crate) fn last_stream_id(&self) -> Result<i64, StorageError> {
        Ok(self
            .connection
            .query_row("SELECT coalesce(max(id), 0) FROM streams", [], |row| row.get(0))?)
    }

    /// The fact `revision` of a stream, which exists.
    pub(crate) fn fact(
        &self,
        name: &str,
        stream: i64,
        revision: u64,
    ) -> Result<Fact, StorageError> {
        let mut page = Page::new(1);
        self.read_run(&Run { name, stream, first: revision, last: revision }, false, &mut page)?;
        Ok(page.facts.remove(0))
    }

    /// Whether a stream has a fact after revision `last`, its tombstone aside.
    pub(super) fn has_facts_after(&self, stream: i64, last: u64) -> Result<bool, StorageError> {
        let next = last + 1;
        Ok(self
            .connection
            .prepare_cached(
                "SELECT 1 FROM facts INDEXED BY facts_by_stream
                 WHERE revision >> 4 = ?1 AND stream = ?2 AND revision = ?3",
            )?
            .exists(params![block(next).cast_signed(), stream, next.cast_signed()])?)
    }

    /// At most `limit` facts of a stream from revision `from` up to `last`, all of which exist.
    pub(crate) fn stream_forwards(
        &self,
        name: &str,
        stream: i64,
        from: u64,
        last: u64,
        limit: usize,
    ) -> Result<Vec<Fact>, StorageError> {
        let mut page = Page::new(limit);
        let mut first = from;
        while first <= last && !page.is_full() {
            let end = block_end(block(first)).min(last);
            self.read_run(&Run { name, stream, first, last: end }, false, &mut page)?;
            first = end + 1;
        }
        Ok(page.facts)
    }

    /// At most `limit` facts of a stream from revision `from` down to `first`, newest first. All
    /// of them exist.
    pub(crate) fn stream_backwards(
        &self,
        name: &str,
        stream: i64,
        from: u64,
        first: u64,
        limit: usize,
    ) -> Result<Vec<Fact>, StorageError> {
        let mut page = Page::new(limit);
        for block in (block(first)..=block(from)).rev() {
            if page.is_full() {
                break;
            }
            let (first, last) = (block_start(block).max(first), block_end(block).min(from));
            self.read_run(&Run { name, stream, first, last }, true, &mut page)?;
        }
        Ok(page.facts)
    }

    /// Those facts of `run` that fit into `page`.
    fn read_run(
        &self,
        run: &Run<'_>,
        newest_first: bool,
        page: &mut Page,
    ) -> Result<(), StorageError> {
        let here = |error: rusqlite::Error| StorageError::from(error).of(run.name);
        let mut statement = self
            .connection
            .prepare_cached(if newest_first { RUN_BACKWARDS } else { RUN_FORWARDS })
            .map_err(here)?;
        let (first, last) = (run.first.cast_signed(), run.last.cast_signed());
        let block = block(run.first).cast_signed();
        let mut rows = statement.query(params![block, run.stream, first, last]).map_err(here)?;
        for index in 0..=run.last - run.first {
            if page.is_full() {
                break;
            }
            let missing = "one of its facts is missing";
            let row = rows.next().map_err(here)?;
            let row = row.ok_or_else(|| StorageError::stream(run.name, missing))?;
            let fact = self.seal.open(&raw_fact(row).map_err(here)?)?;
            let position = fact.place.position;
            let revision = if newest_first { run.last - index } else { run.first + index };
            if fact.place.revision != revision {
                return Err(StorageError::Damaged { position, what: "its neighbour is missing" });
            }
            if fact.stream != run.name.as_bytes() {
                let what = "it belongs to another stream";
                return Err(StorageError::Damaged { position, what });
            }
            page.push(fact.to_fact());
        }
        Ok(())
    }

    /// At most `limit` facts after `position`. The log is known to reach up to `head` at least.
    pub(crate) fn forwards(
        &self,
        position: u64,
        head: u64,
        limit: usize,
    ) -> Result<Vec<Fact>, StorageError> {
        let mut page = Page::new(limit);
        self.visit_forwards(position, head, |fact| page.take(fact))?;
        Ok(page.facts)
    }

    /// Show the facts after `position`, in order, to `visit`, as long as it wants more. The log is
    /// known to reach up to `head` at least.
    pub(crate) fn visit_forwards(
        &self,
        position: u64,
        head: u64,
        visit: impl FnMut(FactRef<'_>) -> ControlFlow<()>,
    ) -> Result<(), StorageError> {
        const SQL: &str =
            concat!("SELECT ", columns!(), " FROM facts WHERE position > ?1 ORDER BY position");
        self.visit_log(SQL, position, position.saturating_add(1).., head, visit)
    }

    /// At most `limit` facts before `position`, newest first. `position` is not behind the head by
    /// more than one.
    pub(crate) fn backwards(&self, position: u64, limit: usize) -> Result<Vec<Fact>, StorageError> {
        const SQL: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM facts WHERE position < ?1 ORDER BY position DESC"
        );
        let mut page = Page::new(limit);
        self.visit_log(SQL, position, (1..position).rev(), u64::MAX, |fact| page.take(fact))?;
        Ok(page.facts)
    }

    /// The facts that `sql` finds, which are those at the positions `expected`. Of these, the ones
    /// up to `head` are known to exist.
    fn visit_log(
        &self,
        sql: &str,
        from: u64,
        expected: impl Iterator<Item = u64>,
        head: u64,
        mut visit: impl FnMut(FactRef<'_>) -> ControlFlow<()>,
    ) -> Result<(), StorageError> {
        let from = i64::try_from(from).unwrap_or(i64::MAX);
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([from])?;
        for position in expected {
            let here = |error: rusqlite::Error| StorageError::from(error).at(position);
            let missing = StorageError::Damaged { position, what: "it is missing" };
            let Some(row) = rows.next().map_err(here)? else {
                return if position <= head { Err(missing) } else { Ok(()) };
            };
            let fact = self.seal.open(&raw_fact(row).map_err(here)?)?;
            if fact.place.position != position {
                return Err(missing);
            }
            if visit(fact).is_break() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// At most `limit` streams of which something was to be purged at `now`, the longest due first.
    pub(crate) fn streams_to_purge(
        &self,
        now: i64,
        limit: usize,
    ) -> Result<Vec<String>, StorageError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT name FROM streams INDEXED BY streams_to_purge
             WHERE purge_due <= ?1 ORDER BY purge_due LIMIT ?2",
        )?;
        let names = statement.query_map(params![now, signed(limit)], |row| row.get(0))?;
        Ok(names.collect::<Result<_, _>>()?)
    }

    /// Ids of the newest `limit` facts with their streams and revisions, newest first.
    pub(crate) fn newest_ids(&self, limit: usize) -> Result<Vec<(i64, Uuid, u64)>, StorageError> {
        let mut statement = self.connection.prepare(
            "SELECT stream, revision, substr(seal, 71, 16) FROM facts
             ORDER BY position DESC LIMIT ?1",
        )?;
        let rows = statement.query_map([signed(limit)], |row| {
            let revision: i64 = row.get(1)?;
            Ok((row.get(0)?, Uuid::from_bytes(row.get(2)?), revision.cast_unsigned()))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

pub(super) fn raw_fact<'row>(row: &'row Row<'_>) -> Result<RawFact<'row>, rusqlite::Error> {
    let blob =
        |index| -> Result<&'row [u8], rusqlite::Error> { Ok(row.get_ref(index)?.as_blob()?) };
    Ok(RawFact {
        position: row.get::<_, i64>(0)?.cast_unsigned(),
        revision: row.get::<_, i64>(1)?.cast_unsigned(),
        purged: row.get(2)?,
        seal: blob(3)?,
        payload: blob(4)?,
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
        purge_due: row.get(8)?,
    })
}

/// A run of a stream's facts within one block of the index, all of which exist.
#[derive(Clone, Copy, Debug)]
struct Run<'a> {
    name: &'a str,
    stream: i64,
    first: u64,
    last: u64,
}

/// Facts as they are found, until there are enough of them.
#[derive(Debug)]
struct Page {
    facts: Vec<Fact>,
    bytes: usize,
    limit: usize,
}

impl Page {
    fn new(limit: usize) -> Self {
        Self { facts: Vec::with_capacity(limit.min(64)), bytes: 0, limit }
    }

    fn is_full(&self) -> bool {
        self.facts.len() >= self.limit || self.bytes >= PAGE_BYTES_MAX
    }

    /// Takes `fact`, and says whether there is room for more.
    fn take(&mut self, fact: FactRef<'_>) -> ControlFlow<()> {
        self.push(fact.to_fact());
        if self.is_full() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn push(&mut self, fact: Fact) {
        self.bytes += fact.size();
        self.facts.push(fact);
    }
}

fn signed(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
