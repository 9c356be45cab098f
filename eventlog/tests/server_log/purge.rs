//! Payloads that are to be gone are gone.

use std::{fs, path::Path};

use eventlog::server::verify;
use eventstore::{
    AppendToStreamOptions, EventData, ReadAllOptions, StreamPosition, StreamState,
    TombstoneStreamOptions,
};

use crate::harness::Harness;

const SECRET: &str = "born on the fifth of May";

/// Whether any file of the log holds the secret.
fn holds_secret(directory: &Path) -> bool {
    fs::read_dir(directory).unwrap().any(|entry| {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes())
    })
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
