use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::oneshot;

use super::*;
use crate::server::writer::{Expected, Request};

fn request(reply: impl FnOnce(Outcome) + Send + 'static) -> Request {
    Request {
        stream: "stream".to_owned(),
        expected: Expected::Any,
        change: Change::Append(Vec::new()),
        deadline: Instant::now() + Duration::from_mins(1),
        size: 0,
        reply: Box::new(reply),
    }
}

/// A writer of the log in `directory`, not at work.
fn writer(directory: &TempDir) -> Writer {
    let lock = Lock::take(directory.path()).unwrap();
    let disk = Disk::open(directory.path()).unwrap();
    let memory = disk.load().unwrap();
    let (tail, alarm) = (Arc::new(Tail::new(memory.head().position)), Alarm::new());
    let (witness, wal) = disk.keepers().unwrap();
    let (answering, _) = mpsc::unbounded_channel();
    let (unscrubbed, _) = watch::channel(false);
    let settler =
        Settler { wal, witness, tail: Arc::clone(&tail), alarm: alarm.clone(), answering };
    let settling = Settling::start(settler).unwrap();
    Writer { disk, memory, tail, alarm, held: Vec::new(), settling, unscrubbed, _lock: lock }
}

fn full() -> CommitError {
    let full = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL);
    CommitError::Undone(rusqlite::Error::SqliteFailure(full, None).into())
}

#[test]
fn a_group_for_which_there_is_no_room_is_waited_for_by_nobody() {
    let directory = TempDir::new().unwrap();
    let mut writer = writer(&directory);
    writer.tail.announce(1);

    assert_eq!(writer.refuse(full()), Refusal::Full);

    assert!(writer.tail.is_settled());
}

#[test]
fn a_group_that_fails_after_a_sync_failed_does_not_settle_what_was_not_synced() {
    let directory = TempDir::new().unwrap();
    let mut writer = writer(&directory);
    writer.tail.announce(1);
    writer.alarm.raise(&StorageError::Sync(io::Error::other("on purpose")));
    writer.tail.announce(2);

    writer.refuse(full());

    assert!(!writer.tail.is_settled());
}

#[tokio::test]
async fn a_writer_that_panics_is_a_log_that_writes_no_more() {
    let directory = TempDir::new().unwrap();
    let lock = Lock::take(directory.path()).unwrap();
    let alarm = Alarm::new();
    let running = start(Disk::open(directory.path()).unwrap(), lock, alarm.clone()).unwrap();
    assert!(alarm.allows_writing());
    // So that it gives its answers itself.
    drop(running.answers);

    running.queue.submit(request(|_| panic!("on purpose"))).await;
    alarm.raised().await;

    assert!(!alarm.allows_writing());
    assert!(running.thread.join().is_err());
    let (answer, answered) = oneshot::channel();
    running.queue.submit(request(move |outcome| answer.send(outcome).unwrap())).await;
    assert_eq!(answered.await.unwrap(), Err(Refusal::Stopped));
}
