//! Copies of a running log.

use eventlog::server::{BackupError, EmbeddedLog, backup, backup_apart, put_back, verify};
use eventstore::{ReadStreamOptions, StreamState};
use tempfile::TempDir;

use crate::harness::{Harness, client, options};

#[tokio::test]
async fn a_backup_of_a_running_log_is_whole_and_can_be_served() {
    let log = Harness::start().await;
    log.append("orders", StreamState::NoStream, &[1, 2, 3]).await.unwrap();
    let copies = TempDir::new().unwrap();
    let to = copies.path().join("copy");

    let position = backup(log.directory.path(), &to).unwrap();

    // What comes later is not in it.
    log.append("orders", StreamState::StreamRevision(2), &[4]).await.unwrap();
    let report = verify(&to, |_| ()).unwrap();
    assert_eq!(report.facts, position);
    let served =
        EmbeddedLog::start(eventlog::server::Options { directory: to, ..options(&log.directory) });
    let served = served.await.unwrap();
    let read = client(&served.connection_string())
        .read_stream("orders", &ReadStreamOptions::default())
        .await;
    let (mut read, mut revisions) = (read.unwrap(), Vec::new());
    while let Some(fact) = read.next().await.unwrap() {
        revisions.push(fact.get_original_event().revision);
    }
    assert_eq!(revisions, [0, 1, 2]);
    served.shutdown().await;
    log.handle.shutdown().await;
}

#[tokio::test]
async fn a_backup_overwrites_nothing() {
    let log = Harness::start().await;
    let taken = TempDir::new().unwrap();
    let refused = backup(log.directory.path(), taken.path());
    assert!(matches!(refused, Err(BackupError::Taken(_))), "{refused:?}");
    log.handle.shutdown().await;
}

#[tokio::test]
async fn a_backup_of_nothing_leaves_nothing() {
    let (nothing, copies) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let to = copies.path().join("copy");
    assert!(backup(nothing.path(), &to).is_err());
    assert!(!to.exists());
}

#[tokio::test]
async fn what_lies_apart_is_not_in_the_copy_and_fits_in_again_and_nothing_else_does() {
    let log = Harness::start().await;
    log.append("key-1", StreamState::NoStream, &[1]).await.unwrap();
    log.append("orders", StreamState::NoStream, &[2]).await.unwrap();
    let copies = TempDir::new().unwrap();
    let at = |name: &str| copies.path().join(name);
    let directory = log.directory.path();
    backup_apart(directory, &at("first"), "key-", &at("first keys")).unwrap();
    log.append("key-2", StreamState::NoStream, &[3]).await.unwrap();
    backup_apart(directory, &at("second"), "key-", &at("second keys")).unwrap();
    log.handle.shutdown().await;

    assert!(verify(&at("second"), |_| ()).is_err(), "something is missing");
    assert!(put_back(&at("second"), &at("first keys")).is_err(), "something is missing still");
    let whole = verify(directory, |_| ()).unwrap();
    for _ in 0..2 {
        put_back(&at("second"), &at("second keys")).unwrap();
        assert_eq!(verify(&at("second"), |_| ()).unwrap(), whole);
    }
    let taken = backup_apart(directory, &at("third"), "key-", &at("first keys"));
    assert!(matches!(taken, Err(BackupError::Taken(_))), "{taken:?}");
}
