//! Following streams and the log.

use eventstore::{
    Error, StreamPosition, StreamState, SubscribeToAllOptions, SubscribeToStreamOptions,
};

use crate::harness::{Harness, next_fact, until_caught_up};

#[tokio::test]
async fn a_stream_is_followed_from_its_past_into_its_future() {
    let log = Harness::start().await;
    log.append("orders", StreamState::NoStream, &[0, 1, 2]).await.unwrap();
    let start = SubscribeToStreamOptions::default().start_from(StreamPosition::Start);
    let mut subscription = log.client.subscribe_to_stream("orders", &start).await;
    assert_eq!(until_caught_up(&mut subscription).await, [0, 1, 2]);
    log.append("others", StreamState::Any, &[8]).await.unwrap();
    log.append("orders", StreamState::Any, &[3]).await.unwrap();
    assert_eq!(next_fact(&mut subscription).await.get_original_event().revision, 3);
}

#[tokio::test]
async fn a_subscription_begins_after_the_fact_it_names() {
    let log = Harness::start().await;
    log.append("orders", StreamState::NoStream, &[0, 1, 2]).await.unwrap();
    let after = |position| SubscribeToStreamOptions::default().start_from(position);
    let after_first = after(StreamPosition::Position(0));
    let mut subscription = log.client.subscribe_to_stream("orders", &after_first).await;
    assert_eq!(until_caught_up(&mut subscription).await, [1, 2]);
    let mut subscription =
        log.client.subscribe_to_stream("orders", &after(StreamPosition::End)).await;
    assert_eq!(until_caught_up(&mut subscription).await, [0; 0]);
}

#[tokio::test]
async fn a_stream_that_is_not_there_yet_can_be_followed() {
    let log = Harness::start().await;
    let options = SubscribeToStreamOptions::default().start_from(StreamPosition::Start);
    let mut subscription = log.client.subscribe_to_stream("later", &options).await;
    assert_eq!(until_caught_up(&mut subscription).await, [0; 0]);
    log.append("later", StreamState::NoStream, &[0]).await.unwrap();
    assert_eq!(next_fact(&mut subscription).await.get_original_event().revision, 0);
}

#[tokio::test]
async fn every_follower_of_the_log_sees_every_fact_once_and_in_the_same_order() {
    const FACTS: u64 = 400;
    let log = Harness::start().await;
    let writers = (0..4).map(|writer| {
        let log = &log;
        async move {
            for number in 0..FACTS / 4 {
                let stream = format!("stream-{}", number % 3);
                log.append(&stream, StreamState::Any, &[writer * FACTS + number]).await.unwrap();
            }
        }
    });
    let followers = (0..4).map(|_| {
        let log = &log;
        async move {
            let mut subscription =
                log.client.subscribe_to_all(&SubscribeToAllOptions::default()).await;
            let mut seen = Vec::new();
            while (seen.len() as u64) < FACTS {
                let fact = next_fact(&mut subscription).await;
                let fact = fact.get_original_event();
                if !fact.stream_id().starts_with('$') {
                    seen.push((fact.position, fact.id));
                }
            }
            seen
        }
    });
    let (_, seen) = futures::future::join(
        futures::future::join_all(writers),
        futures::future::join_all(followers),
    )
    .await;
    assert!(seen[0].is_sorted_by(|earlier, later| earlier.0 < later.0));
    assert!(seen.iter().all(|others| *others == seen[0]));
}

#[tokio::test]
async fn a_follower_that_is_far_behind_misses_nothing() {
    let log = Harness::start().await;
    let start = SubscribeToStreamOptions::default().start_from(StreamPosition::Start);
    let mut behind = log.client.subscribe_to_stream("long", &start).await;
    assert_eq!(until_caught_up(&mut behind).await, [0; 0]);
    // More than the log keeps in memory for those who follow.
    for first in (0..8_000).step_by(1_000) {
        let ids: Vec<u64> = (first..first + 1_000).collect();
        log.append("long", StreamState::Any, &ids).await.unwrap();
    }
    for revision in 0..8_000 {
        assert_eq!(next_fact(&mut behind).await.get_original_event().revision, revision);
    }
}

#[tokio::test]
async fn a_shutdown_ends_subscriptions_with_an_error() {
    let log = Harness::start().await;
    let mut subscription = log.client.subscribe_to_all(&SubscribeToAllOptions::default()).await;
    until_caught_up(&mut subscription).await;
    log.handle.shutdown().await;
    let ended = subscription.next_subscription_event().await;
    assert!(matches!(ended, Err(Error::ServerError(_))), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_subscription_too_many_hears_that_the_log_is_busy_and_finds_room_when_another_ends() {
    let log = Harness::start().await;
    let options = SubscribeToAllOptions::default().position(StreamPosition::Start);
    let follow = async || {
        let mut subscription = log.client.subscribe_to_all(&options).await;
        subscription.next().await.map(|_| subscription)
    };
    let mut open = Vec::new();
    let refused = loop {
        match follow().await {
            Ok(subscription) => open.push(subscription),
            Err(refused) => break refused,
        }
    };
    assert_eq!(open.len(), 1_024);
    let Error::ServerError(said) = refused else { panic!("{refused:?}") };
    assert!(said.contains("Server Is Too Busy"), "{said}");

    log.append("orders", StreamState::NoStream, &[0]).await.unwrap();
    open.pop();
    while follow().await.is_err() {}
}
