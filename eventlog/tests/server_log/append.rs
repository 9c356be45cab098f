//! Appending.

use eventstore::{AppendToStreamOptions, CurrentRevision, Error, EventData, StreamState};

use crate::{
    faults,
    harness::{Harness, fact, id, revisions},
};

fn current(error: Result<eventstore::WriteResult, Error>) -> CurrentRevision {
    match error.unwrap_err() {
        Error::WrongExpectedVersion { current, .. } => current,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn facts_are_read_back_as_they_were_appended() {
    let log = Harness::start().await;
    let bytes = EventData::binary("image", vec![0, 159, 146, 150].into())
        .id(id(2))
        .metadata(serde_json::json!({ "actor": "ada" }).to_string().into_bytes().into());
    let facts = vec![fact(1), bytes];
    log.client.append_to_stream("facts", &AppendToStreamOptions::default(), facts).await.unwrap();

    let facts = log.read("facts").await.unwrap();
    let [json, bytes] = facts.as_slice() else { panic!("{facts:?}") };
    let (json, bytes) = (json.get_original_event(), bytes.get_original_event());
    assert_eq!((json.id, json.event_type.as_str(), json.is_json), (id(1), "noted", true));
    assert_eq!(json.data.as_ref(), br#"{"n":1}"#);
    assert_eq!((bytes.id, bytes.event_type.as_str(), bytes.is_json), (id(2), "image", false));
    assert_eq!(bytes.data.as_ref(), [0, 159, 146, 150]);
    assert_eq!(bytes.custom_metadata.as_ref(), br#"{"actor":"ada"}"#);
    assert!(json.position < bytes.position);
    assert_eq!(revisions(&facts), [0, 1]);
}

#[tokio::test]
async fn an_append_needs_the_expected_revision() {
    let log = Harness::start().await;
    log.append("orders", StreamState::NoStream, &[1]).await.unwrap();
    let taken = log.append("orders", StreamState::NoStream, &[2]).await;
    assert_eq!(current(taken), CurrentRevision::Current(0));
    let ahead = log.append("orders", StreamState::StreamRevision(1), &[2]).await;
    assert_eq!(current(ahead), CurrentRevision::Current(0));
    let missing = log.append("none", StreamState::StreamRevision(0), &[2]).await;
    assert_eq!(current(missing), CurrentRevision::NoStream);
    let missing = log.append("none", StreamState::StreamExists, &[2]).await;
    assert_eq!(current(missing), CurrentRevision::NoStream);

    log.append("orders", StreamState::StreamRevision(0), &[2, 3]).await.unwrap();
    log.append("orders", StreamState::StreamExists, &[4]).await.unwrap();
    assert_eq!(log.revisions("orders").await, [0, 1, 2, 3]);
}

#[tokio::test]
async fn a_repeated_append_is_answered_like_the_first_also_after_a_restart() {
    let log = Harness::start().await;
    log.append("orders", StreamState::NoStream, &[1]).await.unwrap();
    let exactly = StreamState::StreamRevision(0);
    let first = log.append("orders", exactly, &[2, 3]).await.unwrap();
    let again = log.append("orders", exactly, &[2, 3]).await.unwrap();
    assert_eq!((first.next_expected_version, first.position), (2, again.position));
    assert_eq!(again.next_expected_version, 2);

    let log = log.restart().await;
    let again = log.append("orders", exactly, &[2, 3]).await.unwrap();
    assert_eq!((again.next_expected_version, again.position), (2, first.position));
    let any = log.append("orders", StreamState::Any, &[2]).await.unwrap();
    assert_eq!(any.next_expected_version, 1);
    assert_eq!(log.revisions("orders").await, [0, 1, 2]);
}

#[tokio::test]
async fn an_append_happens_as_a_whole_or_not_at_all() {
    let log = Harness::start().await;
    log.append("orders", StreamState::NoStream, &[1, 2]).await.unwrap();
    let partly = log.append("orders", StreamState::StreamRevision(0), &[2, 9]).await;
    assert_eq!(current(partly), CurrentRevision::Current(1));
    let large = EventData::binary("large", vec![0; 1 << 20].into());
    let facts = vec![fact(3), large];
    let refused =
        log.client.append_to_stream("orders", &AppendToStreamOptions::default(), facts).await;
    let Err(Error::Grpc { message, .. }) = refused else { panic!("it was not refused") };
    assert_eq!(message, "Maximum Append Size of 1048576 Exceeded.");
    assert_eq!(log.revisions("orders").await, [0, 1]);
}

#[tokio::test]
async fn of_many_writers_to_one_revision_exactly_one_succeeds() {
    let log = Harness::start().await;
    let attempts = (1..=50).map(|number| {
        let log = &log;
        async move { log.append("email", StreamState::NoStream, &[number]).await.is_ok() }
    });
    let outcomes = futures::future::join_all(attempts).await;
    assert_eq!(outcomes.into_iter().filter(|&written| written).count(), 1);
    assert_eq!(log.revisions("email").await, [0]);
}

#[tokio::test]
async fn no_update_is_lost_when_writers_contend() {
    const WRITERS: u64 = 32;
    let rounds = faults::rounds("contended appends") as u64;
    let log = Harness::start().await;
    let writers = (0..WRITERS).map(|writer| {
        let log = &log;
        async move {
            for round in 0..rounds {
                let ids = [writer * rounds + round];
                let mut expected = StreamState::NoStream;
                while let Err(error) = log.append("counter", expected, &ids).await {
                    let Error::WrongExpectedVersion { current, .. } = error else {
                        panic!("{error}")
                    };
                    let CurrentRevision::Current(current) = current else { panic!("it exists") };
                    expected = StreamState::StreamRevision(current);
                }
            }
        }
    });
    futures::future::join_all(writers).await;
    let expected: Vec<u64> = (0..WRITERS * rounds).collect();
    assert_eq!(log.revisions("counter").await, expected);
}

#[tokio::test]
async fn the_name_that_stops_a_real_server_is_refused() {
    let log = Harness::start().await;
    let refused = log.append("$$", StreamState::Any, &[1]).await;
    assert!(matches!(refused, Err(Error::Grpc { .. })), "{refused:?}");
    log.append("next", StreamState::Any, &[1]).await.unwrap();
}
