use std::time::Instant;

use bytes::Bytes;
use tempfile::TempDir;

use super::*;
use crate::server::{clock::TICKS_PER_SECOND, writer::disk::Disk};

/// A log without a thread, whose clock is an argument.
struct Desk {
    disk: Disk,
    memory: Memory,
    _directory: TempDir,
}

impl Desk {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let disk = Disk::open(directory.path()).unwrap();
        let memory = disk.load().unwrap();
        Self { disk, memory, _directory: directory }
    }

    /// Make `change` at `seconds`; says whether payloads were purged.
    fn change(&mut self, seconds: i64, stream: &str, change: Change) -> bool {
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
        outcome.unwrap();
        done.purged
    }

    fn append(&mut self, seconds: i64, stream: &str, data: &'static str) {
        let fact = Proposed {
            id: chance::new_id(),
            kind: "noted".to_owned(),
            format: Format::Json,
            metadata: Bytes::new(),
            data: Bytes::from_static(data.as_bytes()),
        };
        self.change(seconds, stream, Change::Append(vec![fact]));
    }

    /// Data of these facts of a stream.
    fn data(&mut self, stream: &str, revisions: std::ops::Range<u64>) -> Vec<Vec<u8>> {
        let committed = self.disk.commit(&mut self.memory, |tx, seal, memory| {
            let mut group = Group::new(tx, seal, memory, 0)?;
            let row = group.stream(stream)?;
            let facts = revisions.map(|revision| group.file().fact(stream, row.id, revision));
            let data = facts.map(|fact| Ok(fact?.data().to_vec()));
            Ok((data.collect::<Result<_, StorageError>>()?, group.finish()?))
        });
        committed.unwrap().0
    }
}

#[test]
fn expired_payloads_are_purged_where_the_stream_wants_it() {
    let mut desk = Desk::new();
    for stream in ["attempts", "notes"] {
        desk.append(100, stream, "old");
        desk.append(110, stream, "new");
    }
    desk.append(110, "$$attempts", r#"{"$maxAge":60,"purge":true}"#);
    desk.append(110, "$$notes", r#"{"$maxAge":60}"#);

    assert!(!desk.change(160, "", Change::PurgeExpired));
    assert!(desk.change(161, "", Change::PurgeExpired));
    assert_eq!(desk.data("attempts", 0..2), [b"".to_vec(), b"new".to_vec()]);
    assert_eq!(desk.data("notes", 0..2), [b"old".to_vec(), b"new".to_vec()]);

    assert!(!desk.change(162, "", Change::PurgeExpired));
    assert!(desk.change(171, "", Change::PurgeExpired));
    assert_eq!(desk.data("attempts", 0..2), [b"", b""]);
}

#[test]
fn a_clock_that_jumps_back_changes_only_what_facts_say_they_were_created_at() {
    let mut desk = Desk::new();
    desk.append(1_000, "stream", "first");
    desk.append(10, "stream", "second");
    assert_eq!(desk.data("stream", 0..2), [b"first".to_vec(), b"second".to_vec()]);
    assert_eq!(desk.memory.head().position, 2);
}
