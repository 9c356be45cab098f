//! One log carried over into another.

use eventlog::{
    CopyError, CopyOptions, Direction, ExpectedRevision, Filter, ReadError, StreamFrom,
    StreamMetadata, copy,
};
use tokio::sync::watch;

use crate::{PATIENT, append_each, node::Node, numbers};

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
    to.append("one", ExpectedRevision::NoStream, crate::facts(7..8)).await.unwrap();
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
