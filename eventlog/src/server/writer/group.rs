//! A group of requests, decided one after the other within one transaction.
//!
//! **Invariant:** a request that is refused has written nothing, so that those after it in the
//! group are decided as if it had never come.

use std::slice;

use rusqlite::Connection;
use uuid::Uuid;

use super::{
    decide::{self, History, Verdict, decide},
    memory::{Kept, Memory},
    request::{Change, Expected, Refusal, Request, Written},
};
use crate::server::{
    chance,
    fact::{
        Fact, FactRef, Format, METADATA_KIND, METADATA_PREFIX, Place, Proposed, TOMBSTONE_KIND,
        TOMBSTONE_REVISION,
    },
    settings::{SOFT_DELETED, Settings, with_truncate_before},
    storage::{Rows, Seal, Snapshot, StorageError, StreamRow},
};

/// A group at work.
pub(super) struct Group<'a> {
    tx: &'a Connection,
    seal: &'a Seal,
    memory: &'a mut Memory,
    /// Ticks that each fact of the group says it was created at.
    now: i64,
    facts: Vec<Fact>,
    changed: Vec<String>,
    entered: i64,
    /// Whether payloads were taken off the disk.
    purged: bool,
    rows: Rows<'a>,
}

/// What a group has done.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) facts: Vec<Fact>,
    /// Whether payloads were taken off the disk.
    pub(super) purged: bool,
}

type Outcome = Result<Written, Refusal>;

impl<'a> Group<'a> {
    pub(super) fn new(
        tx: &'a Connection,
        seal: &'a Seal,
        memory: &'a mut Memory,
        now: i64,
    ) -> Result<Self, StorageError> {
        Ok(Self {
            tx,
            seal,
            now,
            facts: Vec::new(),
            changed: Vec::new(),
            entered: memory.last_stream,
            memory,
            purged: false,
            rows: Rows::new(tx, seal)?,
        })
    }

    /// Decide about `request` and write what it asks for.
    pub(super) fn apply(&mut self, request: &Request) -> Result<Outcome, StorageError> {
        let name = request.stream.as_str();
        if let Some(described) = name.strip_prefix(METADATA_PREFIX)
            && self.stream(described)?.tombstone
        {
            return Ok(Err(Refusal::StreamDeleted));
        }
        match &request.change {
            Change::Append(facts) => self.append(name, request.expected, facts),
            Change::Delete => self.delete(name, request.expected),
            Change::Tombstone => self.tombstone(name, request.expected),
            Change::PurgeExpired => self.purge_expired().map(Ok),
            Change::Scrub => Ok(Ok(Written { revision: None, position: self.memory.position })),
        }
    }

    /// Write what is kept about the streams that changed, and hand out what was done.
    pub(super) fn finish(mut self) -> Result<Done, StorageError> {
        for name in self.changed {
            let Some(kept) = self.memory.streams.get_mut(&name) else { continue };
            let Some(before) = kept.before.take() else { continue };
            if kept.row.id > self.entered {
                self.rows.insert_stream(&name, &kept.row)?;
            } else if kept.row == (StreamRow { last: kept.row.last, ..before }) {
                self.rows.advance_stream(&name, &kept.row)?;
            } else {
                self.rows.update_stream(&name, &kept.row)?;
            }
        }
        Ok(Done { facts: self.facts, purged: self.purged })
    }

    fn append(
        &mut self,
        name: &str,
        expected: Expected,
        facts: &[Proposed],
    ) -> Result<Outcome, StorageError> {
        let row = self.stream(name)?;
        let ids = facts.iter().map(|fact| fact.id);
        match decide(expected, &row, ids, &mut Past { group: self, name, stream: row.id })? {
            Verdict::Refuse(refusal) => Ok(Err(refusal)),
            Verdict::Repeated(revision) => {
                let position = self.file().fact(name, row.id, revision)?.position;
                Ok(Ok(Written { revision: Some(revision), position }))
            }
            Verdict::Write => self.write_all(name, row, facts).map(Ok),
        }
    }

    fn write_all(
        &mut self,
        name: &str,
        before: StreamRow,
        facts: &[Proposed],
    ) -> Result<Written, StorageError> {
        let Some(last) = facts.last() else {
            return Ok(Written { revision: before.last, position: self.memory.position });
        };
        let written = self.write(name, facts)?;
        if before.settings.soft_deleted() {
            self.revive(name, &before, None)?;
        }
        if let Some(described) = describes(name) {
            let row = self.stream(described)?;
            self.learn(described, last)?;
            if row.settings.soft_deleted() {
                self.revive(described, &row, Some(last))?;
            }
        }
        Ok(written)
    }

    /// Make what comes after `deleted` readable again, and nothing before. The stream's metadata
    /// is taken over from `document`, or from what it is.
    fn revive(
        &mut self,
        name: &str,
        deleted: &StreamRow,
        document: Option<&Proposed>,
    ) -> Result<(), StorageError> {
        let first = deleted.last.map_or(0, |revision| revision + 1);
        let document = match document {
            Some(fact) if fact.format == Format::Json => with_truncate_before(&fact.data, first),
            Some(_) => with_truncate_before(b"{}", first),
            None => with_truncate_before(&self.metadata(name)?, first),
        };
        self.describe(name, document).map(drop)
    }

    fn delete(&mut self, name: &str, expected: Expected) -> Result<Outcome, StorageError> {
        let row = self.stream(name)?;
        if let Some(refusal) = self.refuse_removal(name, &row, expected)? {
            return Ok(Err(refusal));
        }
        if row.last.is_none() && !self.has_metadata(name)? {
            return Ok(Err(Refusal::WrongRevision { current: None }));
        }
        let document = with_truncate_before(b"{}", SOFT_DELETED);
        self.describe(name, document).map(Ok)
    }

    fn tombstone(&mut self, name: &str, expected: Expected) -> Result<Outcome, StorageError> {
        let row = self.stream(name)?;
        if let Some(refusal) = self.refuse_removal(name, &row, expected)? {
            return Ok(Err(refusal));
        }
        if let Some(last) = row.last.filter(|_| row.settings.purge) {
            self.purge(name, &row, last, i64::MAX)?;
        }
        let end = Proposed {
            id: chance::new_id(),
            kind: TOMBSTONE_KIND.to_owned(),
            format: Format::Bytes,
            metadata: bytes::Bytes::new(),
            data: bytes::Bytes::new(),
        };
        let row = self.change(name, |row| (row.tombstone, row.purge_due) = (true, None))?;
        self.put(name, row.id, TOMBSTONE_REVISION, &end).map(Ok)
    }

    fn refuse_removal(
        &mut self,
        name: &str,
        row: &StreamRow,
        expected: Expected,
    ) -> Result<Option<Refusal>, StorageError> {
        if row.tombstone {
            return Ok(Some(Refusal::StreamDeleted));
        }
        match expected {
            Expected::Any => Ok(None),
            Expected::StreamExists => {
                decide::refuse_missing(row, &mut Past { group: self, name, stream: row.id })
            }
            Expected::Last(last) => {
                let fits = last == row.last || (last.is_none() && row.settings.soft_deleted());
                Ok((!fits).then_some(Refusal::WrongRevision { current: row.last }))
            }
        }
    }

    /// Write `document` as the metadata of the stream `name`.
    fn describe(&mut self, name: &str, document: Vec<u8>) -> Result<Written, StorageError> {
        let fact = Proposed {
            id: chance::new_id(),
            kind: METADATA_KIND.to_owned(),
            format: Format::Json,
            metadata: bytes::Bytes::new(),
            data: document.into(),
        };
        let written = self.write(&format!("{METADATA_PREFIX}{name}"), slice::from_ref(&fact))?;
        if !name.starts_with(METADATA_PREFIX) {
            self.learn(name, &fact)?;
        }
        Ok(written)
    }

    /// From now on `document` says what of the stream `name` is readable.
    fn learn(&mut self, name: &str, document: &Proposed) -> Result<(), StorageError> {
        let settings = match document.format {
            Format::Json => Settings::parse(&document.data),
            Format::Bytes => Settings::default(),
        };
        self.change(name, |row| row.settings = settings)?;
        self.set_purge_due(name)
    }

    /// Write `facts`, of which there are some, after the stream's last one.
    fn write(&mut self, name: &str, facts: &[Proposed]) -> Result<Written, StorageError> {
        let mut first = 0;
        let row = self.change(name, |row| {
            first = row.last.map_or(0, |revision| revision + 1);
            row.last = Some(first + facts.len() as u64 - 1);
        })?;
        let mut written = Written { revision: None, position: self.memory.position };
        for (revision, fact) in (first..).zip(facts) {
            written = self.put(name, row.id, revision, fact)?;
        }
        if row.settings.purge && row.purge_due.is_none() {
            self.set_purge_due(name)?;
        }
        Ok(written)
    }

    /// Write `fact` at the end of the log.
    fn put(
        &mut self,
        name: &str,
        stream: i64,
        revision: u64,
        fact: &Proposed,
    ) -> Result<Written, StorageError> {
        let position = self.memory.position + 1;
        let Proposed { id, format, .. } = *fact;
        let place = Place { position, revision, id, created: self.now, format };
        let view = FactRef {
            place,
            stream: name.as_bytes(),
            kind: fact.kind.as_bytes(),
            metadata: &fact.metadata,
            data: &fact.data,
        };
        let fact = view.to_fact();
        self.memory.chain = self.rows.insert_fact(&self.memory.chain, stream, &fact)?;
        self.memory.position = position;
        self.memory.ids.insert((stream, id), revision);
        self.facts.push(fact);
        Ok(Written { revision: Some(revision), position })
    }

    /// Change what is kept about a stream, and say what that is by now.
    fn change(
        &mut self,
        name: &str,
        change: impl FnOnce(&mut StreamRow),
    ) -> Result<StreamRow, StorageError> {
        if self.memory.streams.get_mut(name).is_none() {
            self.stream(name)?;
        }
        let Memory { streams, last_stream, .. } = &mut *self.memory;
        let kept = streams.get_mut(name).expect("it was just looked up");
        if kept.before.is_none() {
            kept.before = Some(kept.row);
            self.changed.push(name.to_owned());
        }
        if kept.row.id == 0 {
            *last_stream += 1;
            kept.row.id = *last_stream;
        }
        change(&mut kept.row);
        Ok(kept.row)
    }

    /// What is kept about a stream; one that nobody wrote to has the number 0.
    pub(super) fn stream(&mut self, name: &str) -> Result<StreamRow, StorageError> {
        if let Some(kept) = self.memory.streams.get_mut(name) {
            return Ok(kept.row);
        }
        let row = self.file().stream(name)?.unwrap_or_default();
        self.memory.streams.insert(name.to_owned(), Kept { row, before: None });
        Ok(row)
    }

    fn has_metadata(&mut self, name: &str) -> Result<bool, StorageError> {
        Ok(self.stream(&format!("{METADATA_PREFIX}{name}"))?.last.is_some())
    }

    /// The metadata document of a stream, empty if it has none.
    fn metadata(&mut self, name: &str) -> Result<Vec<u8>, StorageError> {
        let name = format!("{METADATA_PREFIX}{name}");
        let row = self.stream(&name)?;
        let Some(last) = row.last else { return Ok(Vec::new()) };
        Ok(self.file().fact(&name, row.id, last)?.data().to_vec())
    }

    pub(super) fn file(&self) -> Snapshot<'a> {
        Snapshot::new(self.tx, self.seal)
    }
}

/// The stream that a metadata stream says something about. Metadata of metadata says nothing.
fn describes(name: &str) -> Option<&str> {
    name.strip_prefix(METADATA_PREFIX).filter(|name| !name.starts_with(METADATA_PREFIX))
}

/// A stream's past, as the group sees it.
struct Past<'a, 'group> {
    group: &'a mut Group<'group>,
    name: &'a str,
    stream: i64,
}

impl History for Past<'_, '_> {
    type Error = StorageError;

    fn id_at(&mut self, revision: u64) -> Result<Option<Uuid>, StorageError> {
        if self.group.stream(self.name)?.last < Some(revision) {
            return Ok(None);
        }
        Ok(Some(self.group.file().fact(self.name, self.stream, revision)?.id))
    }

    fn revision_of(&mut self, id: Uuid) -> Option<u64> {
        self.group.memory.ids.get_mut(&(self.stream, id)).copied()
    }

    fn has_metadata(&mut self) -> Result<bool, StorageError> {
        self.group.has_metadata(self.name)
    }
}

mod purging;
#[cfg(test)]
mod tests;
