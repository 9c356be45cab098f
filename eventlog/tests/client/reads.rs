use eventlog::{Direction, EventLog, Filter, Position, ReadError, Revision, StreamFrom};

use crate::{PATIENT, append_each, node::Node, numbers};

/// A log with the facts 0 to 5 in the streams `a-1`, `b-1`, `a-1`, ….
async fn filled(node: &Node) -> EventLog {
    let log = node.connect(PATIENT).await;
    for number in 0..6 {
        let stream = if number % 2 == 0 { "a-1" } else { "b-1" };
        let expected = crate::before(number / 2);
        log.append(stream, expected, vec![crate::fact(number)]).await.unwrap();
    }
    log
}

async fn read(log: &EventLog, filter: Filter, direction: Direction, limit: usize) -> Vec<u128> {
    numbers(&log.read_all(filter, None, direction, limit).await.unwrap())
}

#[tokio::test]
async fn stream_is_read_from_any_place_in_both_directions() {
    let node = Node::start().await;
    let log = node.connect(PATIENT).await;
    append_each(&log, "s", 0..5).await;
    let at = |revision| StreamFrom::Revision(Revision(revision));

    for (from, direction, limit, expected) in [
        (StreamFrom::Start, Direction::Forwards, 9, vec![0, 1, 2, 3, 4]),
        (StreamFrom::Start, Direction::Forwards, 2, vec![0, 1]),
        (at(2), Direction::Forwards, 9, vec![2, 3, 4]),
        (at(9), Direction::Forwards, 9, vec![]),
        (StreamFrom::End, Direction::Backwards, 2, vec![4, 3]),
        (at(1), Direction::Backwards, 9, vec![1, 0]),
        (StreamFrom::Start, Direction::Backwards, 9, vec![0]),
        (StreamFrom::End, Direction::Forwards, 9, vec![]),
        (StreamFrom::Start, Direction::Forwards, 0, vec![]),
    ] {
        let read = log.read_stream("s", from, direction, limit).await.unwrap();
        assert_eq!(numbers(&read), expected, "{from:?} {direction:?} {limit}");
    }
}

#[tokio::test]
async fn stream_that_is_not_there_is_empty() {
    let node = Node::start().await;
    let log = node.connect(PATIENT).await;

    let read = log.read_stream("s", StreamFrom::End, Direction::Backwards, 1).await.unwrap();

    assert_eq!(read, []);
}

#[tokio::test]
async fn stream_without_a_name_is_refused() {
    let node = Node::start().await;
    let log = node.connect(PATIENT).await;

    let outcome = log.read_stream("", StreamFrom::Start, Direction::Forwards, 1).await;

    assert!(matches!(outcome, Err(ReadError::Invalid(_))), "{outcome:?}");
}

#[tokio::test]
async fn whole_log_is_read_through_every_filter() {
    let node = Node::start().await;
    let log = filled(&node).await;
    let streams = |prefix: &str| Filter::StreamPrefixes(vec![prefix.to_owned()]);

    for (filter, forwards) in [
        (Filter::None, vec![0, 1, 2, 3, 4, 5]),
        (Filter::ExcludeSystem, vec![0, 1, 2, 3, 4, 5]),
        (streams("b-"), vec![1, 3, 5]),
        (Filter::KindPrefixes(vec!["thing-".to_owned()]), vec![0, 1, 2, 3, 4, 5]),
        (Filter::KindPrefixes(vec!["other-".to_owned()]), vec![]),
    ] {
        let backwards: Vec<_> = forwards.iter().rev().copied().collect();
        assert_eq!(read(&log, filter.clone(), Direction::Forwards, 99).await, forwards);
        assert_eq!(read(&log, filter, Direction::Backwards, 99).await, backwards);
    }
}

#[tokio::test]
async fn limit_counts_only_what_is_wanted() {
    let node = Node::start().await;
    let log = node.connect(PATIENT).await;
    append_each(&log, "a", 0..2).await;
    // Of an ordinary type, but in a stream of the log's own.
    for number in 2..6 {
        let expected = crate::before(number - 2);
        log.append("$hidden", expected, vec![crate::fact(number)]).await.unwrap();
    }
    append_each(&log, "b", 0..1).await;

    let forwards = read(&log, Filter::ExcludeSystem, Direction::Forwards, 3).await;
    let backwards = read(&log, Filter::ExcludeSystem, Direction::Backwards, 2).await;

    assert_eq!((forwards, backwards), (vec![0, 1, 0], vec![0, 1]));
}

#[tokio::test]
async fn position_is_where_a_read_forwards_starts_and_a_read_backwards_does_not() {
    let node = Node::start().await;
    let log = filled(&node).await;
    let all = log.read_all(Filter::ExcludeSystem, None, Direction::Forwards, 99).await.unwrap();
    let third = Some(all[2].position);

    let forwards = log.read_all(Filter::ExcludeSystem, third, Direction::Forwards, 2).await;
    let backwards = log.read_all(Filter::ExcludeSystem, third, Direction::Backwards, 9).await;

    assert_eq!(numbers(&forwards.unwrap()), [2, 3]);
    assert_eq!(numbers(&backwards.unwrap()), [1, 0]);
}

#[tokio::test]
async fn head_is_the_last_fact_of_the_log() {
    let node = Node::start().await;
    let log = filled(&node).await;

    let all = log.read_all(Filter::None, None, Direction::Forwards, 99).await.unwrap();

    assert_eq!(log.head().await.unwrap(), all.last().map(|fact| fact.position));
    assert!(all.windows(2).all(|pair| pair[0].position < pair[1].position));
    assert!(log.head().await.unwrap() > Some(Position(0)));
}
