//! Appending over one call for all.

use eventstore::{BatchAppendOptions, Error, StreamState};

use crate::harness::{Harness, fact};

#[tokio::test]
async fn appends_of_one_call_are_answered_each_for_itself() {
    let log = Harness::start().await;
    let batch = log.client.batch_append(&BatchAppendOptions::default()).await.unwrap();
    let appends = (0..64_u64).map(|number| {
        let batch = &batch;
        async move {
            let stream = format!("stream-{}", number % 8);
            batch.append_to_stream(&stream, StreamState::Any, vec![fact(number)]).await.unwrap();
        }
    });
    futures::future::join_all(appends).await;
    for stream in 0..8 {
        let revisions = log.revisions(&format!("stream-{stream}")).await;
        assert_eq!(revisions, [0, 1, 2, 3, 4, 5, 6, 7]);
    }
}

#[tokio::test]
async fn an_append_of_a_call_for_all_needs_the_expected_revision_too() {
    let log = Harness::start().await;
    log.append("orders", StreamState::NoStream, &[1]).await.unwrap();
    let batch = log.client.batch_append(&BatchAppendOptions::default()).await.unwrap();
    let again = batch.append_to_stream("orders", StreamState::NoStream, vec![fact(1)]).await;
    again.unwrap();
    let refused = batch.append_to_stream("orders", StreamState::NoStream, vec![fact(2)]).await;
    let Err(Error::Grpc { message, .. }) = refused else { panic!("it was not refused") };
    assert_eq!(message, "WrongExpectedVersion");
    assert_eq!(log.revisions("orders").await, [0]);
}
