//! What [`eventlog::EventLog`] promises, asked of a real log over a real connection.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod appends;
mod batches;
mod cluster;
mod copies;
#[path = "../faults/mod.rs"]
mod faults;
mod linearizability;
mod network;
mod node;
mod outages;
mod patience;
mod process;
mod reads;
mod streams;
mod subscriptions;
mod tls;

use std::time::Duration;

use bytes::Bytes;
use eventlog::{EventLog, ExpectedRevision, Fact, NewFact, Options, Revision, Signal};
use futures::{Stream, StreamExt};
use uuid::Uuid;

/// Waits so long that only a broken promise lets it run out.
const PATIENT: Options = Options {
    append_timeout: Duration::from_mins(1),
    read_timeout: Duration::from_mins(1),
    connect_timeout: Duration::from_mins(1),
};

/// A fact like no other with another number.
fn fact(number: u64) -> NewFact {
    NewFact {
        id: Uuid::from_u128(u128::from(number) + 1),
        kind: "thing-done.v1".to_owned(),
        data: Bytes::from(format!("{{\"number\": {number}}}")),
        metadata: Bytes::from_static(b"{\"actor\":\"somebody\"}"),
    }
}

fn facts(numbers: impl IntoIterator<Item = u64>) -> Vec<NewFact> {
    numbers.into_iter().map(fact).collect()
}

/// What a stream must look like for its fact of this revision.
fn before(revision: u64) -> ExpectedRevision {
    match revision.checked_sub(1) {
        None => ExpectedRevision::NoStream,
        Some(last) => ExpectedRevision::Exactly(Revision(last)),
    }
}

/// The numbers of the facts of [`fact`] among `facts`.
fn numbers<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Vec<u128> {
    let ours = facts.into_iter().filter(|fact| fact.kind == "thing-done.v1");
    ours.map(|fact| fact.id.as_u128() - 1).collect()
}

/// Appends the facts of `numbers`, one after the other, to a stream that has as many as come
/// before the first.
async fn append_each(log: &EventLog, stream: &str, numbers: std::ops::Range<u64>) {
    for number in numbers {
        log.append(stream, before(number), vec![fact(number)]).await.unwrap();
    }
}

/// The next `count` facts.
async fn next_facts(signals: &mut (impl Stream<Item = Signal> + Unpin), count: usize) -> Vec<Fact> {
    let mut facts = Vec::new();
    while facts.len() < count {
        facts.extend(brought(signals.next().await.expect("it goes on for ever")));
    }
    facts
}

/// Everything up to and with the first signal that is `wanted`.
async fn until(
    signals: &mut (impl Stream<Item = Signal> + Unpin),
    wanted: impl Fn(&Signal) -> bool,
) -> Vec<Signal> {
    let mut seen = Vec::new();
    while !seen.last().is_some_and(&wanted) {
        seen.push(signals.next().await.expect("it goes on for ever"));
    }
    seen
}

fn brought(signal: Signal) -> Option<Fact> {
    match signal {
        Signal::Fact(fact) => Some(fact),
        Signal::Checkpoint(_) | Signal::CaughtUp | Signal::Lost(_) => None,
    }
}

fn is_lost(signal: &Signal) -> bool {
    matches!(signal, Signal::Lost(_))
}

fn is_caught_up(signal: &Signal) -> bool {
    matches!(signal, Signal::CaughtUp)
}
