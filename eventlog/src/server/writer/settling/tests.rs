use std::os::fd::OwnedFd;

use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::server::{
    fact::{FactRef, Format, Place},
    writer::Disk,
};

fn fact(position: u64) -> Fact {
    let id = Uuid::from_u128(position.into());
    let place = Place { position, revision: 0, id, created: 0, format: Format::Bytes };
    FactRef { place, stream: b"stream", kind: b"noted", metadata: b"", data: b"" }.to_fact()
}

#[test]
fn what_the_disk_does_not_keep_is_seen_by_no_follower() {
    let directory = TempDir::new().unwrap();
    let (witness, _) = Disk::open(directory.path()).unwrap().keepers().unwrap();
    // A pipe cannot be synced.
    let (pipe, _) = io::pipe().unwrap();
    let wal = File::from(OwnedFd::from(pipe));
    let (tail, alarm) = (Arc::new(Tail::new(0)), Alarm::new());
    let (answering, _) = mpsc::unbounded_channel();
    let mut settler =
        Settler { wal, witness, tail: Arc::clone(&tail), alarm: alarm.clone(), answering };

    let answers = Answers(Vec::new());
    settler.sync(vec![Committed { end: None, facts: vec![fact(1)], answers }]);

    assert_eq!(tail.head(), 0);
    assert!(!alarm.allows_writing());
}
