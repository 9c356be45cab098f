//! Reading.

use std::ops::Range;

use eventstore::{
    AppendToStreamOptions, Error, EventData, Position, ReadAllOptions, ReadStreamOptions,
    StreamPosition, StreamState, SubscribeToAllOptions, SubscriptionFilter,
};
use rusqlite::Connection;

use crate::harness::{Harness, fact, id, revisions};

async fn read_all(log: &Harness, options: &ReadAllOptions) -> Vec<(String, Position)> {
    let mut reading = log.client.read_all(options).await.unwrap();
    let mut facts = Vec::new();
    while let Some(fact) = reading.next().await.unwrap() {
        let fact = fact.get_original_event();
        facts.push((fact.stream_id().to_owned(), fact.position));
    }
    facts
}

#[tokio::test]
async fn a_stream_is_read_in_both_directions_from_anywhere() {
    let log = Harness::start().await;
    log.append("orders", StreamState::NoStream, &[0, 1, 2, 3]).await.unwrap();
    let options = ReadStreamOptions::default();
    let read = async |options| revisions(&log.read_as("orders", &options).await.unwrap());

    assert_eq!(read(options.clone().position(StreamPosition::Start)).await, [0, 1, 2, 3]);
    assert_eq!(read(options.clone().position(StreamPosition::End)).await, [3, 2, 1, 0]);
    let at = |revision| options.clone().position(StreamPosition::Position(revision));
    assert_eq!(read(at(2).forwards()).await, [2, 3]);
    assert_eq!(read(at(2).backwards()).await, [2, 1, 0]);
    assert_eq!(read(at(1).forwards().max_count(2)).await, [1, 2]);
    assert_eq!(read(at(9).forwards()).await, [0; 0]);
}

#[tokio::test]
async fn a_stream_of_many_pages_is_read_whole() {
    let log = Harness::start().await;
    for first in (0..2_000).step_by(500) {
        let ids: Vec<u64> = (first..first + 500).collect();
        log.append("long", StreamState::Any, &ids).await.unwrap();
    }
    let all: Vec<u64> = (0..2_000).collect();
    assert_eq!(log.revisions("long").await, all);
    let backwards = ReadStreamOptions::default().position(StreamPosition::End);
    let backwards = revisions(&log.read_as("long", &backwards).await.unwrap());
    assert!(backwards.into_iter().rev().eq(all));
}

#[tokio::test]
async fn a_stream_that_is_not_there_is_said_not_to_be_there() {
    let log = Harness::start().await;
    assert!(matches!(log.read("none").await, Err(Error::ResourceNotFound)));
}

#[tokio::test]
async fn the_log_is_read_in_the_order_of_its_appends() {
    let log = Harness::start().await;
    for (stream, number) in [("a", 1), ("b", 2), ("a", 3)] {
        log.append(stream, StreamState::Any, &[number]).await.unwrap();
    }
    let forwards = read_all(&log, &ReadAllOptions::default().position(StreamPosition::Start)).await;
    let streams: Vec<&str> = forwards.iter().map(|(stream, _)| stream.as_str()).collect();
    assert_eq!(streams[1..], ["a", "b", "a"]);
    assert!(streams[0].starts_with('$'));
    assert!(forwards.is_sorted_by(|(_, earlier), (_, later)| earlier < later));

    let backwards = read_all(&log, &ReadAllOptions::default().position(StreamPosition::End)).await;
    assert!(backwards.iter().rev().eq(&forwards));
    let from = ReadAllOptions::default().position(StreamPosition::Position(forwards[2].1));
    assert_eq!(read_all(&log, &from.clone().forwards()).await, forwards[2..]);
    assert_eq!(read_all(&log, &from.backwards().max_count(1)).await, forwards[1..2]);
}

/// A running log whose last facts are gone from under it, and the position of the last that is left.
async fn beheaded() -> (Harness, Position) {
    let log = Harness::start().await;
    let first = log.append("orders", StreamState::NoStream, &[0, 1, 2]).await.unwrap().position;
    // More than the log keeps in memory for those who follow.
    for number in 3..15 {
        let large = EventData::binary("large", vec![7; 1_000_000].into()).id(id(number));
        let any = AppendToStreamOptions::default();
        log.client.append_to_stream("orders", &any, vec![large]).await.unwrap();
    }
    let file = Connection::open(log.directory.path().join("log.sqlite")).unwrap();
    file.execute("DELETE FROM facts WHERE position > ?1", [first.commit.cast_signed()]).unwrap();
    (log, first)
}

/// Who comes upon damage is told of it, and the log is not served any more.
async fn assert_named(log: Harness, missing: Error) {
    assert!(missing.to_string().contains("DataLoss"), "{missing}");
    log.handle.failed().await;
    assert!(log.handle.damage().is_some());
}

#[tokio::test]
async fn facts_that_are_gone_from_under_a_running_log_are_named_by_a_read_of_all() {
    let (log, first) = beheaded().await;
    let after = StreamPosition::Position(Position { commit: first.commit + 1, prepare: 0 });
    let options = ReadAllOptions::default().position(after).forwards();
    let mut all = log.client.read_all(&options).await.unwrap();
    let missing = all.next().await.unwrap_err();
    assert_named(log, missing).await;
}

#[tokio::test]
async fn facts_that_are_gone_from_under_a_running_log_are_named_by_a_read_of_their_stream() {
    let (log, _) = beheaded().await;
    let options = ReadStreamOptions::default().position(StreamPosition::Position(3)).forwards();
    let missing = log.read_as("orders", &options).await.unwrap_err();
    assert_named(log, missing).await;
}

#[tokio::test]
async fn facts_that_are_gone_from_under_a_running_log_are_named_to_those_who_follow() {
    let (log, first) = beheaded().await;
    let options = SubscribeToAllOptions::default().position(StreamPosition::Position(first));
    let mut subscription = log.client.subscribe_to_all(&options).await;
    subscription.next_subscription_event().await.unwrap();
    let missing = subscription.next_subscription_event().await.unwrap_err();
    assert_named(log, missing).await;
}

#[tokio::test]
async fn read_that_brings_nothing_for_long_ends_with_the_log() {
    let log = Harness::start().await;
    let slow = SubscriptionFilter::on_stream_name().regex("(a|b|ab)*(?<=z)");
    let options = ReadAllOptions::default().position(StreamPosition::Start).filter(slow);
    let name = "ab".repeat(8);
    let append = async |numbers: Range<u64>| {
        let facts: Vec<EventData> = numbers.map(fact).collect();
        let any = AppendToStreamOptions::default();
        log.client.append_to_stream(name.as_str(), &any, facts).await.unwrap();
    };
    append(0..1).await;
    // Slow, and not so slow as to be refused.
    let nothing = log.client.read_all(&options).await.unwrap().next().await;
    assert!(matches!(nothing, Ok(None)), "{nothing:?}");

    for first in (1..30_001).step_by(1_000) {
        append(first..first + 1_000).await;
    }
    let mut all = log.client.read_all(&options).await.unwrap();
    log.handle.shutdown().await;
    let ended = all.next().await;
    assert!(matches!(ended, Err(Error::ServerError(_))), "{ended:?}");
}

#[tokio::test]
async fn many_links_to_a_large_fact_are_read_a_few_at_a_time() {
    let log = Harness::start().await;
    let large = EventData::binary("large", vec![7; 1_000_000].into()).id(id(1));
    let any = AppendToStreamOptions::default();
    log.client.append_to_stream("large", &any, vec![large]).await.unwrap();
    let link = |number| EventData::binary("$>", "0@large".into()).id(id(number));
    log.client
        .append_to_stream("links", &any, (2..42).map(link).collect::<Vec<_>>())
        .await
        .unwrap();

    let options = ReadStreamOptions::default().position(StreamPosition::Start).resolve_link_tos();
    let read = log.read_as("links", &options).await.unwrap();
    assert_eq!(revisions(&read), (0..40).collect::<Vec<_>>());
    assert!(read.iter().all(|fact| fact.event.as_ref().unwrap().data.len() == 1_000_000));
}
