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
