//! Deleting and ending streams, and hiding their beginnings.

use eventstore::{
    AppendToStreamOptions, DeleteStreamOptions, Error, StreamMetadata, StreamState,
    SubscribeToStreamOptions, TombstoneStreamOptions,
};

use crate::harness::{Harness, next_fact};

#[tokio::test]
async fn a_deleted_stream_is_gone_until_it_is_written_to_and_counts_on() {
    let log = Harness::start().await;
    log.append("draft", StreamState::NoStream, &[1, 2]).await.unwrap();
    log.client.delete_stream("draft", &DeleteStreamOptions::default()).await.unwrap();
    assert!(matches!(log.read("draft").await, Err(Error::ResourceNotFound)));

    log.append("draft", StreamState::NoStream, &[3]).await.unwrap();
    assert_eq!(log.revisions("draft").await, [2]);
    let log = log.restart().await;
    assert_eq!(log.revisions("draft").await, [2]);
}

#[tokio::test]
async fn a_tombstone_ends_a_stream_for_good() {
    let log = Harness::start().await;
    log.append("account", StreamState::NoStream, &[1]).await.unwrap();
    log.client.tombstone_stream("account", &TombstoneStreamOptions::default()).await.unwrap();
    let log = log.restart().await;
    assert!(matches!(log.read("account").await, Err(Error::ResourceDeleted)));
    let refused = log.append("account", StreamState::Any, &[2]).await;
    assert!(matches!(refused, Err(Error::ResourceDeleted)));
}

#[tokio::test]
async fn a_subscription_sees_the_end_of_its_stream_and_then_ends() {
    let log = Harness::start().await;
    log.append("account", StreamState::NoStream, &[1]).await.unwrap();
    let options = SubscribeToStreamOptions::default();
    let mut subscription = log.client.subscribe_to_stream("account", &options).await;
    let options = options.start_from(eventstore::StreamPosition::Start);
    let mut from_start = log.client.subscribe_to_stream("account", &options).await;
    next_fact(&mut from_start).await;
    let confirmed = subscription.next_subscription_event().await;
    assert!(matches!(confirmed, Ok(eventstore::SubscriptionEvent::Confirmed(_))));

    log.client.tombstone_stream("account", &TombstoneStreamOptions::default()).await.unwrap();
    for subscription in [&mut subscription, &mut from_start] {
        let end = next_fact(subscription).await;
        assert_eq!(end.get_original_event().event_type, "$streamDeleted");
        let ended = subscription.next_subscription_event().await;
        assert!(matches!(ended, Err(Error::ResourceDeleted)), "{ended:?}");
    }
}

#[tokio::test]
async fn metadata_hides_the_beginning_of_a_stream() {
    let log = Harness::start().await;
    log.append("feed", StreamState::NoStream, &[0, 1, 2, 3]).await.unwrap();
    let newest = StreamMetadata { max_count: Some(2), ..StreamMetadata::default() };
    log.client
        .set_stream_metadata("feed", &AppendToStreamOptions::default(), &newest)
        .await
        .unwrap();
    assert_eq!(log.revisions("feed").await, [2, 3]);
    let truncated = StreamMetadata { truncate_before: Some(3), ..StreamMetadata::default() };
    log.client
        .set_stream_metadata("feed", &AppendToStreamOptions::default(), &truncated)
        .await
        .unwrap();
    assert_eq!(log.revisions("feed").await, [3]);
    log.append("feed", StreamState::StreamRevision(3), &[4]).await.unwrap();
    assert_eq!(log.revisions("feed").await, [3, 4]);
}
