//! One log carried over into another.

use std::num::NonZeroU64;

use bytes::Bytes;
use eventlog::{
    CopyError, CopyOptions, Direction, EventLog, ExpectedRevision, Filter, ReadError, StreamFrom,
    StreamMetadata, copy,
};
use tokio::sync::watch;

use crate::{PATIENT, append_each, before, facts, node::Node, numbers};

fn leaving(prefix: &str) -> CopyOptions {
    CopyOptions { leave_out: vec![prefix.to_owned()], renumber: false }
}

#[tokio::test]
async fn a_copy_holds_the_same_facts_at_the_same_revisions_in_the_same_order() {
    let (old, new) = (Node::start().await, Node::start().await);
    let (from, to) = (old.connect(PATIENT).await, new.connect(PATIENT).await);
    append_each(&from, "one", 0..3).await;
    append_each(&from, "two", 0..2).await;
    append_each(&from, "attempts-x", 0..2).await;
    append_each(&from, "one", 3..5).await;
    from.tombstone("two", ExpectedRevision::Any).await.unwrap();

    let copied = copy(&from, &to, &leaving("attempts-"), |_| ()).await.unwrap();

    let all = to.read_all(Filter::ExcludeSystem, None, Direction::Forwards, 100).await.unwrap();
    assert_eq!(numbers(&all), [0, 1, 2, 0, 1, 3, 4]);
    let one = to.read_stream("one", StreamFrom::Start, Direction::Forwards, 100).await.unwrap();
    assert_eq!(one.iter().map(|fact| fact.revision.0).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    let two = to.read_stream("two", StreamFrom::Start, Direction::Forwards, 1).await;
    assert!(matches!(two, Err(ReadError::Deleted(_))), "{two:?}");
    assert_eq!(copied, 8);
}

#[tokio::test]
async fn a_copy_that_was_cut_off_goes_on_and_writes_nothing_twice() {
    let (old, new) = (Node::start().await, Node::start().await);
    let (from, to) = (old.connect(PATIENT).await, new.connect(PATIENT).await);
    append_each(&from, "one", 0..20).await;
    let (tell, mut told) = watch::channel(0);
    let everything = CopyOptions::default();
    let cut_off = copy(&from, &to, &everything, |copied| {
        tell.send_replace(copied.facts);
    });
    tokio::select! {
        _finished_first = cut_off => {}
        _reached = told.wait_for(|facts| *facts >= 5) => {}
    }
    append_each(&from, "one", 20..25).await;

    for _ in 0..2 {
        copy(&from, &to, &CopyOptions::default(), |_| ()).await.unwrap();
    }

    let one = to.read_stream("one", StreamFrom::Start, Direction::Forwards, 100).await.unwrap();
    assert_eq!(numbers(&one), (0..25).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_log_that_has_facts_of_its_own_is_refused_by_the_name_of_the_stream() {
    let (old, new) = (Node::start().await, Node::start().await);
    let (from, to) = (old.connect(PATIENT).await, new.connect(PATIENT).await);
    append_each(&from, "one", 0..2).await;
    to.append("one", ExpectedRevision::NoStream, facts(7..8)).await.unwrap();
    let refused = copy(&from, &to, &CopyOptions::default(), |_| ()).await;
    assert!(matches!(refused, Err(CopyError::Differs(ref one)) if one == "one"), "{refused:?}");
}

#[tokio::test]
async fn metadata_travels_with_its_stream() {
    let (old, new) = (Node::start().await, Node::start().await);
    let (from, to) = (old.connect(PATIENT).await, new.connect(PATIENT).await);
    append_each(&from, "one", 0..5).await;
    let metadata = StreamMetadata { max_count: 2.try_into().ok(), ..StreamMetadata::default() };
    from.set_stream_metadata("one", ExpectedRevision::NoStream, &metadata).await.unwrap();
    copy(&from, &to, &CopyOptions::default(), |_| ()).await.unwrap();
    let one = to.read_stream("one", StreamFrom::Start, Direction::Forwards, 100).await.unwrap();
    assert_eq!(numbers(&one), [3, 4]);
}

async fn state(log: &EventLog, stream: &str) -> Vec<(u64, u128)> {
    let read = log.read_stream(stream, StreamFrom::Start, Direction::Forwards, 100).await.unwrap();
    read.iter().map(|fact| fact.revision.0).zip(numbers(&read)).collect()
}

#[tokio::test]
async fn a_copy_that_is_repeated_finds_ended_and_deleted_streams_as_it_left_them() {
    let (old, new) = (Node::start().await, Node::start().await);
    let (from, to) = (old.connect(PATIENT).await, new.connect(PATIENT).await);
    append_each(&from, "ended", 0..3).await;
    from.tombstone("ended", before(3)).await.unwrap();
    from.tombstone("never-begun", ExpectedRevision::NoStream).await.unwrap();
    append_each(&from, "hidden", 0..2).await;
    from.delete("hidden", before(2)).await.unwrap();
    from.tombstone("hidden", ExpectedRevision::Any).await.unwrap();
    append_each(&from, "deleted", 0..2).await;
    from.delete("deleted", before(2)).await.unwrap();
    append_each(&from, "anew", 0..2).await;
    from.delete("anew", before(2)).await.unwrap();
    from.append("anew", ExpectedRevision::NoStream, facts(2..4)).await.unwrap();

    for _ in 0..2 {
        copy(&from, &to, &CopyOptions::default(), |_| ()).await.unwrap();
        for stream in ["ended", "never-begun", "hidden"] {
            let read = to.read_stream(stream, StreamFrom::Start, Direction::Forwards, 9).await;
            assert!(matches!(read, Err(ReadError::Deleted(_))), "{stream}: {read:?}");
        }
        assert_eq!(state(&to, "deleted").await, []);
        assert_eq!(state(&to, "anew").await, [(2, 2), (3, 3)]);
    }

    // What is deleted in the copy is begun anew in the old log.
    from.append("deleted", ExpectedRevision::NoStream, facts(2..3)).await.unwrap();
    for _ in 0..2 {
        copy(&from, &to, &CopyOptions::default(), |_| ()).await.unwrap();
        assert_eq!(state(&to, "deleted").await, [(2, 2)]);
    }
}

#[tokio::test]
async fn a_deleted_stream_that_is_described_anew_can_be_copied_again_and_again() {
    let (old, new) = (Node::start().await, Node::start().await);
    let (from, to) = (old.connect(PATIENT).await, new.connect(PATIENT).await);
    append_each(&from, "one", 0..2).await;
    from.delete("one", before(2)).await.unwrap();
    copy(&from, &to, &CopyOptions::default(), |_| ()).await.unwrap();

    let five = StreamMetadata { max_count: NonZeroU64::new(5), ..StreamMetadata::default() };
    from.set_stream_metadata("one", ExpectedRevision::Any, &five).await.unwrap();
    for _ in 0..3 {
        copy(&from, &to, &CopyOptions::default(), |_| ()).await.unwrap();
    }

    let document = async |log: &EventLog| {
        let read = log.read_stream("$$one", StreamFrom::End, Direction::Backwards, 1).await;
        read.unwrap().pop().unwrap().data
    };
    assert_eq!(document(&to).await, document(&from).await);
}

#[tokio::test]
async fn a_stream_that_only_the_new_log_has_ended_is_refused_by_its_name() {
    let (old, new) = (Node::start().await, Node::start().await);
    let (from, to) = (old.connect(PATIENT).await, new.connect(PATIENT).await);
    append_each(&from, "one", 0..2).await;
    copy(&from, &to, &CopyOptions::default(), |_| ()).await.unwrap();
    to.tombstone("one", before(2)).await.unwrap();
    let refused = copy(&from, &to, &CopyOptions::default(), |_| ()).await;
    assert!(matches!(refused, Err(CopyError::Differs(ref one)) if one == "one"), "{refused:?}");
}

#[tokio::test]
async fn metadata_that_the_new_log_was_given_since_is_not_overwritten() {
    let (old, new) = (Node::start().await, Node::start().await);
    let (from, to) = (old.connect(PATIENT).await, new.connect(PATIENT).await);
    append_each(&from, "one", 0..2).await;
    let keeping =
        |count| StreamMetadata { max_count: NonZeroU64::new(count), ..StreamMetadata::default() };
    from.set_stream_metadata("one", ExpectedRevision::NoStream, &keeping(5)).await.unwrap();
    copy(&from, &to, &CopyOptions::default(), |_| ()).await.unwrap();
    to.set_stream_metadata("one", before(1), &keeping(7)).await.unwrap();
    let refused = copy(&from, &to, &CopyOptions::default(), |_| ()).await;
    assert!(matches!(refused, Err(CopyError::Differs(ref one)) if one == "$$one"), "{refused:?}");
}

#[tokio::test]
async fn what_a_fact_is_marked_as_travels_with_it_and_a_type_alone_ends_nothing() {
    let (old, new) = (Node::start().await, Node::start().await);
    let (from, to) = (old.connect(PATIENT).await, new.connect(PATIENT).await);
    let official = eventstore::Client::new(old.url().parse().unwrap()).unwrap();
    let events = vec![
        eventstore::EventData::binary("noted", "{}".into()),
        eventstore::EventData::json("noted", &1).unwrap(),
        eventstore::EventData::binary("$streamDeleted", Bytes::new()),
        eventstore::EventData::binary("noted", "after".into()),
    ];
    official
        .append_to_stream("one", &eventstore::AppendToStreamOptions::default(), events)
        .await
        .unwrap();

    copy(&from, &to, &CopyOptions::default(), |_| ()).await.unwrap();

    let seen = async |log: &EventLog| {
        let read = log.read_stream("one", StreamFrom::Start, Direction::Forwards, 9).await.unwrap();
        read.into_iter().map(|fact| (fact.id, fact.kind, fact.json, fact.data)).collect::<Vec<_>>()
    };
    let copied = seen(&to).await;
    assert_eq!(copied, seen(&from).await);
    assert_eq!(
        copied.iter().map(|(_, _, json, _)| *json).collect::<Vec<_>>(),
        [false, true, false, false]
    );
}
