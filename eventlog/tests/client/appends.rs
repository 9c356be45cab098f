use bytes::Bytes;
use eventlog::{AppendError, Appended, Direction, ExpectedRevision, NewFact, Revision, StreamFrom};
use futures::future::join_all;

use crate::{PATIENT, append_each, before, fact, facts, node::Node, numbers};

#[tokio::test]
async fn append_says_where_its_last_fact_stands() {
    let node = Node::start().await;
    let log = node.connect(PATIENT).await;

    let appended = log.append("s", ExpectedRevision::NoStream, facts(0..3)).await.unwrap();

    let read = log.read_stream("s", StreamFrom::Start, Direction::Forwards, 10).await.unwrap();
    let last = read.last().unwrap();
    assert_eq!(appended, Appended { revision: last.revision, position: last.position });
    assert_eq!(last.revision, Revision(2));
}

#[tokio::test]
async fn fact_comes_back_as_it_was_appended() {
    let node = Node::start().await;
    let log = node.connect(PATIENT).await;
    let appended = NewFact {
        data: Bytes::from_static("{ \"text\" :\"Grüße 🌍\",\n\"number\":1.50e3}".as_bytes()),
        ..fact(7)
    };

    log.append("s", ExpectedRevision::NoStream, vec![appended.clone()]).await.unwrap();

    let read = log.read_stream("s", StreamFrom::Start, Direction::Forwards, 10).await.unwrap();
    let [read] = read.as_slice() else { panic!("one fact, not {read:?}") };
    assert_eq!(
        (read.id, &read.kind, &read.data, &read.metadata),
        (appended.id, &appended.kind, &appended.data, &appended.metadata)
    );
}

#[tokio::test]
async fn stream_at_another_revision_refuses_and_says_which() {
    let node = Node::start().await;
    let log = node.connect(PATIENT).await;
    append_each(&log, "s", 0..3).await;
    let exactly = |revision| ExpectedRevision::Exactly(Revision(revision));

    for (stream, expected, at) in [
        ("s", ExpectedRevision::NoStream, Some(Revision(2))),
        ("s", exactly(1), Some(Revision(2))),
        ("s", exactly(3), Some(Revision(2))),
        ("t", exactly(0), None),
    ] {
        match log.append(stream, expected, vec![fact(9)]).await {
            Err(AppendError::WrongRevision { stream: named, expected: wanted, current }) => {
                assert_eq!((named.as_str(), wanted, current), (stream, expected, at));
            }
            outcome => panic!("{stream} {expected:?}: {outcome:?}"),
        }
    }
}

#[tokio::test]
async fn repeated_append_is_written_once_and_answered_alike() {
    let node = Node::start().await;
    let log = node.connect(PATIENT).await;
    append_each(&log, "s", 0..2).await;

    let first = log.append("s", before(2), facts(2..4)).await.unwrap();
    append_each(&log, "s", 4..6).await;
    let second = log.append("s", before(2), facts(2..4)).await.unwrap();

    assert_eq!(first, second);
    let read = log.read_stream("s", StreamFrom::Start, Direction::Forwards, 99).await.unwrap();
    assert_eq!(numbers(&read), [0, 1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn append_without_expectation_goes_to_the_end() {
    let node = Node::start().await;
    let log = node.connect(PATIENT).await;

    for number in 0..3 {
        log.append("s", ExpectedRevision::Any, vec![fact(number)]).await.unwrap();
    }

    let read = log.read_stream("s", StreamFrom::Start, Direction::Forwards, 99).await.unwrap();
    assert_eq!(numbers(&read), [0, 1, 2]);
}

#[tokio::test]
async fn one_of_many_who_begin_a_stream_wins_and_the_others_are_told() {
    let node = Node::start().await;
    let log = node.connect(PATIENT).await;

    let attempts = (0..32).map(|number| {
        let log = log.clone();
        async move { log.append("s", ExpectedRevision::NoStream, vec![fact(number)]).await }
    });
    let outcomes = join_all(attempts).await;

    let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let told = outcomes.iter().filter(|outcome| {
        matches!(outcome, Err(AppendError::WrongRevision { current: Some(Revision(0)), .. }))
    });
    assert_eq!((won, told.count()), (1, 31));
}

#[tokio::test]
async fn what_no_log_takes_is_refused_and_nothing_is_written() {
    let node = Node::start().await;
    let log = node.connect(PATIENT).await;
    let start = log.head().await.unwrap();
    let nameless = NewFact { kind: String::new(), ..fact(0) };
    let without_id = NewFact { id: uuid::Uuid::nil(), ..fact(0) };

    for (stream, facts) in [
        ("", facts(0..1)),
        ("$$", facts(0..1)),
        ("s", vec![]),
        ("s", vec![nameless]),
        ("s", vec![without_id]),
    ] {
        let outcome = log.append(stream, ExpectedRevision::NoStream, facts).await;
        assert!(matches!(outcome, Err(AppendError::Invalid(_))), "{stream:?}: {outcome:?}");
    }
    for bytes in [1024 * 1024 + 1, 20 * 1024 * 1024] {
        let huge = NewFact { data: Bytes::from(vec![b'1'; bytes]), ..fact(0) };
        let outcome = log.append("s", ExpectedRevision::NoStream, vec![huge]).await;
        assert!(matches!(outcome, Err(AppendError::TooLarge(_))), "{bytes}: {outcome:?}");
    }

    assert_eq!(log.head().await.unwrap(), start);
}
