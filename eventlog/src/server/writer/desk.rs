//! A log without a thread, whose clock is an argument.

use std::{ops::Range, path::Path, time::Instant};

use bytes::Bytes;
use tempfile::TempDir;

use super::{Change, Disk, Expected, Request, group::Group, memory::Memory};
use crate::server::{
    chance,
    clock::TICKS_PER_SECOND,
    fact::{Format, Proposed},
    storage::{StorageError, Witness},
};

pub(crate) struct Desk {
    disk: Disk,
    memory: Memory,
    witness: Witness,
    directory: TempDir,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let disk = Disk::open(directory.path()).unwrap();
        let memory = disk.load().unwrap();
        let (witness, _) = disk.keepers().unwrap();
        Self { disk, memory, witness, directory }
    }

    /// Where its files are.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// How far it has got.
    pub(crate) fn position(&self) -> u64 {
        self.memory.head().position
    }

    /// Make `change` at `seconds`; says whether payloads were purged.
    pub(crate) fn change(&mut self, seconds: i64, stream: &str, change: Change) -> bool {
        let request = Request {
            stream: stream.to_owned(),
            expected: Expected::Any,
            change,
            deadline: Instant::now(),
            size: 0,
            reply: Box::new(|_| {}),
        };
        let now = seconds * TICKS_PER_SECOND;
        let committed = self.disk.commit(&mut self.memory, |tx, seal, memory| {
            let mut group = Group::new(tx, seal, memory, now)?;
            let outcome = group.apply(&request)?;
            Ok((outcome, group.finish()?))
        });
        let (outcome, done) = committed.unwrap();
        self.witness.record(self.memory.head()).unwrap();
        outcome.unwrap();
        done.purged
    }

    pub(crate) fn append(&mut self, seconds: i64, stream: &str, data: &str) {
        let fact = Proposed {
            id: chance::new_id(),
            kind: "noted".to_owned(),
            format: Format::Json,
            metadata: Bytes::new(),
            data: Bytes::copy_from_slice(data.as_bytes()),
        };
        self.change(seconds, stream, Change::Append(vec![fact]));
    }

    /// Data of these facts of a stream.
    pub(crate) fn data(&mut self, stream: &str, revisions: Range<u64>) -> Vec<Vec<u8>> {
        self.look(|group| {
            let row = group.stream(stream)?;
            let facts = revisions.map(|revision| group.file().fact(stream, row.id, revision));
            facts.map(|fact| Ok(fact?.data().to_vec())).collect()
        })
    }

    /// Streams of which something is to be purged at `seconds`.
    pub(crate) fn due(&mut self, seconds: i64) -> Vec<String> {
        self.look(|group| group.file().streams_to_purge(seconds * TICKS_PER_SECOND, 10))
    }

    fn look<T>(&mut self, look: impl FnOnce(&mut Group<'_>) -> Result<T, StorageError>) -> T {
        let committed = self.disk.commit(&mut self.memory, |tx, seal, memory| {
            let mut group = Group::new(tx, seal, memory, 0)?;
            Ok((look(&mut group)?, group.finish()?))
        });
        committed.unwrap().0
    }
}
