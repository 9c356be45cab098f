use eventlog::{AppendError, Direction, ExpectedRevision, Filter, Revision, StreamFrom};
use futures::{FutureExt, future::join_all};

use crate::{PATIENT, append_each, before, fact, faults, node::Node, numbers};

const WRITERS: u64 = 64;

#[tokio::test(flavor = "multi_thread")]
async fn writers_at_once_each_find_their_own_facts_in_order() {
    let node = Node::start().await;
    let log = node.connect(PATIENT).await;

    let writers = (0..WRITERS).map(|writer| {
        let log = log.clone();
        tokio::spawn(async move { append_each(&log, &format!("s-{writer}"), 0..25).await })
    });
    for writer in join_all(writers).await {
        writer.unwrap();
    }

    for writer in 0..WRITERS {
        let stream = format!("s-{writer}");
        let read = log.read_stream(&stream, StreamFrom::Start, Direction::Forwards, 99).await;
        assert_eq!(numbers(&read.unwrap()), (0..25).collect::<Vec<_>>(), "{stream}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_append_changes_nothing_for_those_that_travel_with_it() {
    let node = Node::start().await;
    let log = node.connect(PATIENT).await;

    let writers = (0..WRITERS).map(|writer| {
        let log = log.clone();
        tokio::spawn(async move {
            let stream = format!("s-{writer}");
            for number in 0..12 {
                log.append(&stream, before(number), vec![fact(number)]).await.unwrap();
                if number % 3 == writer % 3 {
                    // Too late: its place is taken.
                    match log.append(&stream, before(number), vec![fact(99)]).await {
                        Err(AppendError::WrongRevision { current, .. }) => {
                            assert_eq!(current, Some(Revision(number)), "{stream}");
                        }
                        outcome => panic!("{stream} at {number}: {outcome:?}"),
                    }
                }
            }
        })
    });
    for writer in join_all(writers).await {
        writer.unwrap();
    }

    let all = log.read_all(Filter::ExcludeSystem, None, Direction::Forwards, usize::MAX).await;
    assert_eq!(u64::try_from(all.unwrap().len()).unwrap(), WRITERS * 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn appends_made_at_once_to_one_stream_are_written_in_their_order() {
    let node = Node::start().await;
    let log = node.connect(PATIENT).await;

    let chain =
        (0..50).map(|number| log.append("chain", before(number), vec![fact(number)]).boxed());
    // Each of these ends the call that all appends share.
    let refused = (0..50).map(|number| {
        let wrong = ExpectedRevision::Exactly(Revision(number));
        log.append("empty", wrong, vec![fact(number)]).boxed()
    });
    let both = chain.zip(refused).flat_map(|(one, other)| [one, other]);
    let outcomes = join_all(both).await;

    for (place, outcome) in outcomes.into_iter().enumerate() {
        match outcome {
            Ok(appended) => {
                assert_eq!(appended.revision, Revision(u64::try_from(place / 2).unwrap()));
            }
            Err(AppendError::WrongRevision { stream, current: None, .. }) => {
                assert_eq!((stream.as_str(), place % 2), ("empty", 1));
            }
            Err(error) => panic!("{place}: {error:?}"),
        }
    }
    let read = log.read_stream("chain", StreamFrom::Start, Direction::Forwards, 99).await.unwrap();
    assert_eq!(numbers(&read), (0..50).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn appends_ahead_of_their_streams_are_not_written_and_each_is_told() {
    let node = Node::start().await;
    let log = node.connect(PATIENT).await;
    let start = log.head().await.unwrap();

    let ahead = (0..WRITERS).map(|writer| {
        let log = log.clone();
        let expected = ExpectedRevision::Exactly(Revision(writer));
        async move { log.append(&format!("s-{writer}"), expected, vec![fact(writer)]).await }
    });
    for outcome in join_all(ahead).await {
        assert!(
            matches!(outcome, Err(AppendError::WrongRevision { current: None, .. })),
            "{outcome:?}"
        );
    }

    assert_eq!(log.head().await.unwrap(), start);
}

#[tokio::test(flavor = "multi_thread")]
async fn appends_that_begin_deleted_streams_anew_are_written_once_whatever_travels_with_them() {
    let node = Node::start().await;
    let log = node.connect(PATIENT).await;
    let each = |number: u64| {
        let log = log.clone();
        async move {
            append_each(&log, &format!("taken-{number}"), 0..1).await;
            append_each(&log, &format!("s-{number}"), 0..2).await;
            log.delete(&format!("s-{number}"), before(2)).await.unwrap();
        }
    };
    join_all((0..WRITERS).map(each)).await;

    let anew = (0..WRITERS).map(|number| {
        let (log, stream) = (log.clone(), format!("s-{number}"));
        async move { log.append(&stream, ExpectedRevision::NoStream, vec![fact(7)]).await }.boxed()
    });
    // Each of these ends the call that all appends share.
    let refused = (0..WRITERS).map(|number| {
        let (log, stream) = (log.clone(), format!("taken-{number}"));
        async move { log.append(&stream, ExpectedRevision::NoStream, vec![fact(8)]).await }.boxed()
    });
    let both = anew.zip(refused).flat_map(|(one, other)| [one, other]);
    let outcomes = join_all(both).await;

    for (place, outcome) in outcomes.into_iter().enumerate() {
        match outcome {
            Ok(appended) => assert_eq!((place % 2, appended.revision), (0, Revision(2))),
            Err(AppendError::WrongRevision { current: Some(Revision(0)), .. }) => {
                assert_eq!(place % 2, 1);
            }
            Err(error) => panic!("{place}: {error:?}"),
        }
    }
    for number in 0..WRITERS {
        let stream = format!("s-{number}");
        let read = log.read_stream(&stream, StreamFrom::Start, Direction::Forwards, 99).await;
        assert_eq!(numbers(&read.unwrap()), [7], "{stream}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_change_is_lost_when_processes_contend_for_a_stream() {
    const PROCESSES: usize = 32;
    let rounds = faults::rounds("contended changes");
    let node = Node::start().await;

    let processes = (0..PROCESSES).map(async |_| node.connect(PATIENT).await);
    let changes = join_all(processes).await.into_iter().enumerate().map(|(process, log)| {
        tokio::spawn(async move {
            for round in 0..rounds {
                let new = fact(u64::try_from(process * rounds + round).unwrap());
                loop {
                    let end = (StreamFrom::End, Direction::Backwards);
                    let last = log.read_stream("counter", end.0, end.1, 1).await.unwrap();
                    let expected = last.first().map_or(ExpectedRevision::NoStream, |last| {
                        ExpectedRevision::Exactly(last.revision)
                    });
                    match log.append("counter", expected, vec![new.clone()]).await {
                        Ok(_) => break,
                        Err(AppendError::WrongRevision { .. }) => {}
                        Err(error) => panic!("{error:?}"),
                    }
                }
            }
        })
    });
    join_all(changes).await.into_iter().for_each(|changed| changed.unwrap());

    let log = node.connect(PATIENT).await;
    let read = log.read_stream("counter", StreamFrom::Start, Direction::Forwards, 9_999).await;
    let mut changes = numbers(&read.unwrap());
    changes.sort_unstable();
    assert_eq!(changes, (0..(PROCESSES * rounds) as u128).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_append_made_by_many_at_once_is_written_once_and_all_are_told_where() {
    let node = Node::start().await;
    let logs = join_all((0..16).map(async |_| node.connect(PATIENT).await)).await;
    append_each(&logs[0], "s", 0..1).await;

    let repeated = logs
        .iter()
        .flat_map(|log| [log; 4])
        .map(async |log| log.append("s", before(1), vec![fact(1), fact(2)]).await.unwrap());
    let appended = join_all(repeated).await;

    assert!(appended.iter().all(|one| *one == appended[0]), "{appended:?}");
    let read = logs[0].read_stream("s", StreamFrom::Start, Direction::Forwards, 99).await.unwrap();
    assert_eq!(numbers(&read), [0, 1, 2]);
}
