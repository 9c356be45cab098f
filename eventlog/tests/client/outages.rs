use std::time::Duration;

use eventlog::{
    AppendError, Direction, EventLog, ExpectedRevision, Filter, Options, ReadError, StreamFrom,
};
use futures::future::join_all;

use crate::{
    PATIENT, append_each, before, brought, fact, is_caught_up, is_lost, network::Network,
    next_facts, node::Node, numbers, until,
};

/// Notices soon that a log does not answer. Waits for one that is to come back.
pub(crate) const WATCHFUL: Options =
    Options { read_timeout: Duration::from_millis(200), ..PATIENT };

/// Gives up soon.
pub(crate) const HASTY: Options = Options {
    append_timeout: Duration::from_millis(300),
    read_timeout: Duration::from_millis(300),
    connect_timeout: Duration::from_millis(300),
};

/// Until `log` is connected, however soon it gives up.
pub(crate) async fn reached(log: &EventLog) {
    while log.ping().await.is_err() {}
}

#[tokio::test]
async fn log_that_comes_up_later_is_found() {
    let network = Network::to_nowhere().await;
    let log = EventLog::connect(&network.url(), PATIENT).await.unwrap();
    let mut signals = log.subscribe_all(Filter::ExcludeSystem, None);
    let append = tokio::spawn({
        let log = log.clone();
        async move { log.append("s", before(0), vec![fact(0)]).await }
    });
    until(&mut signals, is_lost).await;

    let node = Node::start().await;
    network.open_to(node.address());

    append.await.unwrap().unwrap();
    assert_eq!(numbers(&next_facts(&mut signals, 1).await), [0]);
    log.ping().await.unwrap();
}

#[tokio::test]
async fn unreachable_log_is_unavailable_and_the_reason_names_the_node() {
    let mut node = Node::start().await;
    let url = node.url();
    node.stop().await;
    let log = EventLog::connect(&url, HASTY).await.unwrap();

    let append = log.append("s", before(0), vec![fact(0)]).await;
    let read = log.ping().await;

    let named = node.address().to_string();
    assert!(
        matches!(&append, Err(AppendError::Unavailable(why)) if why.contains(&named)),
        "{append:?}"
    );
    assert!(matches!(&read, Err(ReadError::Unavailable(why)) if why.contains(&named)), "{read:?}");
}

#[tokio::test]
async fn log_that_stops_between_two_appends_is_unavailable_until_it_is_back() {
    let mut node = Node::start().await;
    let log = node.connect(HASTY).await;
    append_each(&node.connect(PATIENT).await, "s", 0..1).await;
    reached(&log).await;

    node.stop().await;
    let refused = log.append("s", before(1), vec![fact(1)]).await;
    node.start_again().await;

    assert!(
        matches!(refused, Err(AppendError::Unavailable(_) | AppendError::OutcomeUnknown(_))),
        "{refused:?}"
    );
    let log = node.connect(PATIENT).await;
    append_each(&log, "s", 1..2).await;
}

#[tokio::test]
async fn subscription_goes_on_where_it_was_when_the_log_is_back() {
    let mut node = Node::start().await;
    let log = node.connect(PATIENT).await;
    let mut all = log.subscribe_all(Filter::ExcludeSystem, None);
    let mut stream = log.subscribe_stream("s", None);
    append_each(&log, "s", 0..3).await;
    assert_eq!(numbers(&next_facts(&mut all, 3).await), [0, 1, 2]);
    assert_eq!(numbers(&next_facts(&mut stream, 2).await), [0, 1]);

    node.stop().await;
    until(&mut all, is_lost).await;
    node.start_again().await;
    append_each(&log, "s", 3..6).await;

    assert_eq!(numbers(&next_facts(&mut all, 3).await), [3, 4, 5]);
    assert_eq!(numbers(&next_facts(&mut stream, 4).await), [2, 3, 4, 5]);
}

#[tokio::test]
async fn subscription_that_had_seen_nothing_misses_nothing() {
    let mut node = Node::start().await;
    let log = node.connect(PATIENT).await;
    let mut signals = log.subscribe_all(Filter::StreamPrefixes(vec!["s".to_owned()]), None);
    until(&mut signals, is_caught_up).await;

    node.stop().await;
    until(&mut signals, is_lost).await;
    node.start_again().await;
    let other = node.connect(PATIENT).await;
    append_each(&other, "s", 0..2).await;

    assert_eq!(numbers(&next_facts(&mut signals, 2).await), [0, 1]);
}

#[tokio::test]
async fn subscription_notices_a_log_that_hangs_and_goes_on_when_it_moves_again() {
    let node = Node::start().await;
    let network = Network::to(node.address()).await;
    let log = EventLog::connect(&network.url(), WATCHFUL).await.unwrap();
    let mut signals = log.subscribe_all(Filter::ExcludeSystem, None);
    append_each(&log, "s", 0..2).await;
    assert_eq!(numbers(&next_facts(&mut signals, 2).await), [0, 1]);

    network.stick();
    until(&mut signals, is_lost).await;
    append_each(&node.connect(PATIENT).await, "s", 2..4).await;
    network.open_to(node.address());

    assert_eq!(numbers(&next_facts(&mut signals, 2).await), [2, 3]);
}

#[tokio::test]
async fn append_to_a_log_that_hangs_has_an_unknown_outcome_and_can_be_repeated() {
    let node = Node::start().await;
    let network = Network::to(node.address()).await;
    let log = EventLog::connect(&network.url(), HASTY).await.unwrap();
    let patient = EventLog::connect(&network.url(), PATIENT).await.unwrap();
    append_each(&patient, "s", 0..1).await;
    reached(&log).await;

    network.stick();
    let exact = log.append("s", before(1), vec![fact(1)]).await;
    let later = log.append("s", before(1), vec![fact(1)]).await;
    network.open_to(node.address());

    assert!(matches!(exact, Err(AppendError::OutcomeUnknown(_))), "{exact:?}");
    assert!(matches!(later, Err(AppendError::Unavailable(_))), "{later:?}");
    append_each(&patient, "s", 1..3).await;
    let read = patient.read_stream("s", StreamFrom::Start, Direction::Forwards, 9).await.unwrap();
    assert_eq!(numbers(&read), [0, 1, 2]);
}

#[tokio::test]
async fn append_whose_answer_is_lost_is_told_where_it_stands_though_its_stream_has_ended() {
    let node = Node::start().await;
    let network = Network::to(node.address()).await;
    let log = EventLog::connect(&network.url(), PATIENT).await.unwrap();
    let other = node.connect(PATIENT).await;
    append_each(&log, "s", 0..1).await;

    network.withhold_answers();
    let append = tokio::spawn({
        let log = log.clone();
        async move { log.append("s", before(1), vec![fact(1)]).await }
    });
    let mut signals = other.subscribe_stream("s", None);
    let written = next_facts(&mut signals, 2).await;
    other.tombstone("s", before(2)).await.unwrap();
    network.cut();
    network.open_to(node.address());

    let appended = append.await.unwrap().unwrap();
    assert_eq!((appended.revision, appended.position), (written[1].revision, written[1].position));
}

#[tokio::test]
async fn append_whose_answer_is_lost_is_refused_if_its_stream_had_ended_before() {
    let node = Node::start().await;
    let network = Network::to(node.address()).await;
    let log = EventLog::connect(&network.url(), PATIENT).await.unwrap();
    append_each(&log, "s", 0..1).await;
    node.connect(PATIENT).await.tombstone("s", before(1)).await.unwrap();

    network.withhold_answers();
    let mut sent = network.sent();
    let append = tokio::spawn({
        let log = log.clone();
        async move { log.append("s", before(1), vec![fact(1)]).await }
    });
    sent.changed().await.unwrap();
    network.cut();
    network.open_to(node.address());

    let refused = append.await.unwrap();
    assert!(matches!(refused, Err(AppendError::Deleted(_))), "{refused:?}");
}

#[tokio::test]
async fn append_without_expectation_is_never_sent_twice() {
    let node = Node::start().await;
    let network = Network::to(node.address()).await;
    let log = EventLog::connect(&network.url(), PATIENT).await.unwrap();
    append_each(&log, "s", 0..1).await;

    network.stick();
    let append = tokio::spawn({
        let log = log.clone();
        async move { log.append("any", ExpectedRevision::Any, vec![fact(1)]).await }
    });
    let other = node.connect(PATIENT).await;
    let mut signals = log.subscribe_all(Filter::ExcludeSystem, None);
    network.cut();
    until(&mut signals, is_lost).await;
    let outcome = append.await.unwrap();
    network.open_to(node.address());
    append_each(&log, "s", 1..2).await;

    let read = other.read_stream("any", StreamFrom::Start, Direction::Forwards, 9).await.unwrap();
    match outcome {
        Ok(_) => assert_eq!(numbers(&read), [1]),
        Err(AppendError::OutcomeUnknown(_)) => assert!(read.len() <= 1, "{read:?}"),
        Err(error) => panic!("{error:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_get_through_restarts_without_losing_or_doubling_a_fact() {
    let mut node = Node::start().await;
    let log = node.connect(PATIENT).await;
    let mut signals = log.subscribe_all(Filter::ExcludeSystem, None);

    let writers = (0..16).map(|writer| {
        let log = log.clone();
        tokio::spawn(async move { append_each(&log, &format!("s-{writer}"), 0..40).await })
    });
    let writers: Vec<_> = writers.collect();
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.extend(next_facts(&mut signals, 50).await);
        node.stop().await;
        node.start_again().await;
    }
    for writer in join_all(writers).await {
        writer.unwrap();
    }
    seen.extend(next_facts(&mut signals, 16 * 40 - seen.len()).await);

    let all = log.read_all(Filter::ExcludeSystem, None, Direction::Forwards, usize::MAX).await;
    assert_eq!(seen, all.unwrap());
    for writer in 0..16 {
        let stream = format!("s-{writer}");
        let own = seen.iter().filter(|fact| fact.stream == stream);
        assert_eq!(numbers(own), (0..40).collect::<Vec<_>>(), "{stream}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_get_through_cut_connections_without_losing_or_doubling_a_fact() {
    let node = Node::start().await;
    let network = Network::to(node.address()).await;
    let log = EventLog::connect(&network.url(), PATIENT).await.unwrap();
    let mut signals = log.subscribe_all(Filter::ExcludeSystem, None);

    let writers = (0..16).map(|writer| {
        let log = log.clone();
        tokio::spawn(async move { append_each(&log, &format!("s-{writer}"), 0..10).await })
    });
    let writers: Vec<_> = writers.collect();
    let mut seen = Vec::new();
    for enough in [30, 60, 90] {
        let missing = usize::saturating_sub(enough, seen.len());
        seen.extend(next_facts(&mut signals, missing).await);
        network.cut();
        seen.extend(until(&mut signals, is_lost).await.into_iter().filter_map(brought));
        network.open_to(node.address());
        seen.extend(until(&mut signals, is_caught_up).await.into_iter().filter_map(brought));
    }
    for writer in join_all(writers).await {
        writer.unwrap();
    }
    seen.extend(next_facts(&mut signals, 16 * 10 - seen.len()).await);

    let all = log.read_all(Filter::ExcludeSystem, None, Direction::Forwards, usize::MAX).await;
    assert_eq!(seen, all.unwrap());
    for writer in 0..16 {
        let stream = format!("s-{writer}");
        let own = seen.iter().filter(|fact| fact.stream == stream);
        assert_eq!(numbers(own), (0..10).collect::<Vec<_>>(), "{stream}");
    }
}

#[tokio::test]
async fn refused_credentials_are_told_from_an_outage() {
    let node = Node::start_with(Some("right")).await;
    let url = node.url().replace("right", "wrong");
    let log = EventLog::connect(&url, PATIENT).await.unwrap();

    let append = log.append("s", before(0), vec![fact(0)]).await;
    let read = log.ping().await;
    let lost = until(&mut log.subscribe_all(Filter::None, None), is_lost).await;

    assert!(matches!(append, Err(AppendError::Denied)), "{append:?}");
    assert!(matches!(read, Err(ReadError::Denied)), "{read:?}");
    assert_eq!(lost, [eventlog::Signal::Lost("event log denies access".to_owned())]);
    append_each(&node.connect(PATIENT).await, "s", 0..1).await;
}

#[tokio::test]
async fn credentials_may_be_escaped_in_the_connection_string() {
    let node = Node::start_with(Some("right")).await;
    let url = node.url().replace("right", "%72i%67ht");

    let log = EventLog::connect(&url, PATIENT).await.unwrap();

    append_each(&log, "s", 0..2).await;
    log.tombstone("s", before(2)).await.unwrap();
    next_facts(&mut log.subscribe_all(Filter::ExcludeSystem, None), 2).await;
}
