//! How long an append takes when the log does not answer.
//!
//! The clock stands still while anything happens, and jumps to the next moment that somebody waits
//! for. So what has passed on it is what was waited for, however busy the machine is.

use std::time::Duration;

use eventlog::{AppendError, EventLog, ExpectedRevision, Options};
use futures::future::join4;
use tokio::time::{Instant, pause, resume};

use crate::{PATIENT, append_each, before, fact, network::Network, node::Node, outages::reached};

const TIMEOUT: Duration = Duration::from_millis(300);
/// Would wait much longer for anything else.
const IMPATIENT: Options = Options { append_timeout: TIMEOUT, ..PATIENT };

/// Clocks count in whole milliseconds, and several waits follow one another.
const ROUNDING: Duration = Duration::from_millis(10);

/// What becomes of appends that wait for each other, for nobody, and without a revision.
async fn append_while_nothing_answers(log: &EventLog) -> [Result<(), AppendError>; 4] {
    pause();
    let begun = Instant::now();
    let append = |stream: &'static str, expected: ExpectedRevision, number: u64| {
        Box::pin(async move {
            let appended = log.append(stream, expected, vec![fact(number)]).await.map(drop);
            let waited = begun.elapsed();
            assert!(waited <= TIMEOUT + ROUNDING, "{stream} took {waited:?}");
            appended
        })
    };
    let (first, second, other, any) = join4(
        append("s", before(1), 1),
        append("s", before(2), 2),
        append("t", before(0), 3),
        append("u", ExpectedRevision::Any, 4),
    )
    .await;
    [first, second, other, any]
}

#[tokio::test]
async fn append_to_a_log_that_hangs_takes_no_longer_than_its_own_timeout() {
    let node = Node::start().await;
    let network = Network::to(node.address()).await;
    append_each(&node.connect(PATIENT).await, "s", 0..1).await;
    let log = EventLog::connect(&network.url(), IMPATIENT).await.unwrap();
    reached(&log).await;

    network.stick();
    let [first, second, other, any] = append_while_nothing_answers(&log).await;

    for sent in [first, other, any] {
        assert!(matches!(sent, Err(AppendError::OutcomeUnknown(_))), "{sent:?}");
    }
    assert!(matches!(second, Err(AppendError::Unavailable(_))), "{second:?}");
}

#[tokio::test]
async fn append_to_a_log_that_cannot_be_reached_takes_no_longer_than_its_own_timeout() {
    let network = Network::to_nowhere().await;
    let log = EventLog::connect(&network.url(), IMPATIENT).await.unwrap();
    for refused in append_while_nothing_answers(&log).await {
        assert!(matches!(refused, Err(AppendError::Unavailable(_))), "{refused:?}");
    }
}

#[tokio::test]
async fn append_looks_for_another_way_soon_when_its_node_says_nothing() {
    let node = Node::start().await;
    let network = Network::to(node.address()).await;
    let log = EventLog::connect(&network.url(), PATIENT).await.unwrap();
    append_each(&log, "s", 0..1).await;
    let connections = network.connections();

    network.stick();
    pause();
    let begun = Instant::now();
    let append = tokio::spawn({
        let log = log.clone();
        async move { log.append("s", before(1), vec![fact(1)]).await }
    });
    network.more_connections(connections).await;
    let noticed = begun.elapsed();
    resume();
    network.open_to(node.address());

    assert!(noticed < Duration::from_millis(2_500), "{noticed:?}");
    append.await.unwrap().unwrap();
}
