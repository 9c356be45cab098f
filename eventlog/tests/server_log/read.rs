//! Reading.

use eventstore::{Error, Position, ReadAllOptions, ReadStreamOptions, StreamPosition, StreamState};

use crate::harness::{Harness, revisions};

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
