//! Payloads that are to be gone are gone.

use std::{fs, path::Path, sync::Arc};

use eventlog::server::verify;
use eventstore::{
    AppendToStreamOptions, EventData, ReadAllOptions, StreamPosition, StreamState,
    TombstoneStreamOptions,
};

use crate::harness::Harness;

const SECRET: &str = "born on the fifth of May";

/// Whether any file of the log holds `text`.
fn holds(directory: &Path, text: &str) -> bool {
    fs::read_dir(directory).unwrap().any(|entry| {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

fn holds_secret(directory: &Path) -> bool {
    holds(directory, SECRET)
}

async fn append(log: &Harness, stream: &str, kind: &str, data: serde_json::Value) {
    let fact = EventData::json(kind, &data).unwrap();
    let options = AppendToStreamOptions::default().stream_state(StreamState::Any);
    log.client.append_to_stream(stream, &options, vec![fact]).await.unwrap();
}

#[tokio::test]
async fn a_tombstone_of_a_stream_that_wants_it_takes_its_payloads_off_the_disk() {
    let log = Harness::start().await;
    append(&log, "kept", "noted", serde_json::json!({ "n": 1 })).await;
    append(&log, "$$person", "$metadata", serde_json::json!({ "purge": true })).await;
    for number in 0..300 {
        let data = serde_json::json!({ "n": number, "secret": SECRET, "rest": "x".repeat(500) });
        append(&log, "person", "noted", data).await;
    }
    assert!(holds_secret(log.directory.path()));
    let end = TombstoneStreamOptions::default();
    log.client.tombstone_stream("person", &end).await.unwrap();
    assert!(!holds_secret(log.directory.path()));

    let report = verify(log.directory.path(), |_| {}).unwrap();
    assert_eq!(report.purged, 300);
    let log = log.restart().await;
    assert_eq!(log.revisions("kept").await, [0]);
    let start = ReadAllOptions::default().position(StreamPosition::Start).max_count(usize::MAX);
    let mut all = log.client.read_all(&start).await.unwrap();
    let mut purged = 0;
    while let Some(fact) = all.next().await.unwrap() {
        let fact = fact.get_original_event();
        if fact.stream_id() == "person" && fact.event_type == "noted" {
            assert!(fact.data.is_empty());
            purged += 1;
        }
    }
    assert_eq!(purged, 300);
}

#[tokio::test]
async fn a_tombstone_of_any_other_stream_leaves_its_facts() {
    let log = Harness::start().await;
    append(&log, "person", "noted", serde_json::json!({ "secret": SECRET })).await;
    log.client.tombstone_stream("person", &TombstoneStreamOptions::default()).await.unwrap();
    assert!(holds_secret(log.directory.path()));
    assert_eq!(verify(log.directory.path(), |_| {}).unwrap().purged, 0);
}

#[tokio::test]
async fn what_has_expired_is_taken_off_the_disk_by_the_log_itself() {
    let log = Harness::start().await;
    let expires = serde_json::json!({ "$maxAge": 1, "purge": true });
    append(&log, "$$person", "$metadata", expires).await;
    append(&log, "kept", "noted", serde_json::json!({ "n": "born to be kept" })).await;
    for _ in 0..3 {
        append(&log, "person", "noted", serde_json::json!({ "secret": SECRET })).await;
    }
    assert!(holds_secret(log.directory.path()));

    while holds_secret(log.directory.path()) {
        tokio::task::yield_now().await;
    }

    assert_eq!(log.revisions("kept").await, [0]);
    assert!(holds(log.directory.path(), "born to be kept"));
    let report = verify(log.directory.path(), |_| {}).unwrap();
    assert_eq!((report.facts, report.purged), (6, 3));
}

#[tokio::test]
async fn of_short_payloads_among_others_not_one_byte_is_left() {
    let log = Harness::start().await;
    for person in ["ada", "bob"] {
        append(&log, &format!("$${person}"), "$metadata", serde_json::json!({ "purge": true }))
            .await;
    }
    // Rows of every small size, next to each other, of streams that end one after the other.
    let secret =
        |person: &str, number: usize| format!("{person}-{number:04}{}", "s".repeat(number % 50));
    for number in 0..300 {
        for person in ["ada", "bob", "eve"] {
            append(&log, person, "noted", secret(person, number).into()).await;
        }
    }
    let log = log.restart().await;
    for person in ["ada", "bob"] {
        let end = TombstoneStreamOptions::default();
        log.client.tombstone_stream(person, &end).await.unwrap();
        for number in 0..300 {
            assert!(
                !holds(log.directory.path(), &format!("{person}-{number:04}")),
                "{person} {number}"
            );
        }
    }
    for number in 0..300 {
        assert!(holds(log.directory.path(), &secret("eve", number)));
    }
    assert_eq!(verify(log.directory.path(), |_| {}).unwrap().purged, 600);
}

/// A view of the log's file that is held, as by a long verification or a backup.
struct View(rusqlite::Connection);

impl View {
    fn hold(directory: &Path) -> Self {
        let file = rusqlite::Connection::open(directory.join("log.sqlite")).unwrap();
        file.execute_batch("BEGIN; SELECT count(*) FROM facts").unwrap();
        Self(file)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_for_long_holds_up_the_purges_answer_and_nothing_else() {
    let log = Harness::start().await;
    append(&log, "$$person", "$metadata", serde_json::json!({ "purge": true })).await;
    append(&log, "person", "noted", serde_json::json!({ "secret": SECRET })).await;
    let view = View::hold(log.directory.path());
    let client = log.client.clone();
    let tombstone = tokio::spawn(async move {
        client.tombstone_stream("person", &TombstoneStreamOptions::default()).await
    });
    // It is written, but not answered, also not when it is asked for again.
    loop {
        match log.read("person").await {
            Err(eventstore::Error::ResourceDeleted) => break,
            _ => tokio::task::yield_now().await,
        }
    }
    let client = log.client.clone();
    let again = tokio::spawn(async move {
        client.tombstone_stream("person", &TombstoneStreamOptions::default()).await
    });
    for number in 0..200 {
        append(&log, "others", "noted", serde_json::json!({ "n": number })).await;
    }
    assert!(!tombstone.is_finished() && !again.is_finished());
    assert!(holds_secret(log.directory.path()));

    drop(view.0);

    tombstone.await.unwrap().unwrap();
    assert!(again.await.unwrap().is_err());
    assert!(!holds_secret(log.directory.path()));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_for_long_does_not_keep_the_log_from_stopping_or_from_purging_later() {
    let log = Harness::start().await;
    append(&log, "$$person", "$metadata", serde_json::json!({ "purge": true })).await;
    append(&log, "person", "noted", serde_json::json!({ "secret": SECRET })).await;
    let view = View::hold(log.directory.path());
    let client = Arc::new(log.client.clone());
    let asked = Arc::clone(&client);
    let tombstone = tokio::spawn(async move {
        asked.tombstone_stream("person", &TombstoneStreamOptions::default()).await
    });
    while !matches!(log.read("person").await, Err(eventstore::Error::ResourceDeleted)) {
        tokio::task::yield_now().await;
    }

    let Harness { handle, directory, .. } = log;
    handle.shutdown().await;

    assert!(tombstone.await.unwrap().is_err());
    assert!(holds_secret(directory.path()));
    drop(view.0);
    let log = Harness::start_in(directory).await;
    assert!(!holds_secret(log.directory.path()));
}
