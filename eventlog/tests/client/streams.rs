use std::{num::NonZeroU64, time::Duration};

use eventlog::{
    AppendError, Direction, EventLog, ExpectedRevision, ReadError, Revision, StreamFrom,
    StreamMetadata,
};

use crate::{PATIENT, append_each, before, fact, node::Node, numbers};

async fn read(log: &EventLog) -> Result<Vec<u128>, ReadError> {
    let read = log.read_stream("s", StreamFrom::Start, Direction::Forwards, 99).await?;
    Ok(numbers(&read))
}

#[tokio::test]
async fn stream_is_cut_to_what_its_metadata_says() {
    let node = Node::start().await;
    let log = node.connect(PATIENT).await;
    append_each(&log, "s", 0..5).await;

    let count = StreamMetadata { max_count: NonZeroU64::new(2), ..StreamMetadata::default() };
    log.set_stream_metadata("s", ExpectedRevision::NoStream, &count).await.unwrap();
    assert_eq!(read(&log).await.unwrap(), [3, 4]);

    let first = StreamMetadata { truncate_before: Some(Revision(1)), ..StreamMetadata::default() };
    log.set_stream_metadata("s", before(1), &first).await.unwrap();
    assert_eq!(read(&log).await.unwrap(), [1, 2, 3, 4]);
}

#[tokio::test]
async fn age_of_a_day_hides_nothing_of_today() {
    let node = Node::start().await;
    let log = node.connect(PATIENT).await;
    append_each(&log, "s", 0..1).await;

    let age = Some(Duration::from_hours(24));
    let day = StreamMetadata { max_age: age, ..StreamMetadata::default() };
    log.set_stream_metadata("s", ExpectedRevision::Any, &day).await.unwrap();

    assert_eq!(read(&log).await.unwrap(), [0]);
    let document = log.read_stream("$$s", StreamFrom::End, Direction::Backwards, 1).await.unwrap();
    assert_eq!(document[0].data, r#"{"$maxAge":86400}"#);
}

#[tokio::test]
async fn metadata_at_an_exact_revision_can_be_set_again() {
    let node = Node::start().await;
    let log = node.connect(PATIENT).await;
    let document = StreamMetadata::default();

    let first = log.set_stream_metadata("s", ExpectedRevision::NoStream, &document).await.unwrap();
    let second = log.set_stream_metadata("s", ExpectedRevision::NoStream, &document).await;

    assert_eq!(first, second.unwrap());
}

#[tokio::test]
async fn deleted_stream_is_empty_and_can_be_begun_again() {
    let node = Node::start().await;
    let log = node.connect(PATIENT).await;
    append_each(&log, "s", 0..3).await;

    log.delete("s", before(3)).await.unwrap();
    assert_eq!(read(&log).await.unwrap(), []);

    let appended = log.append("s", ExpectedRevision::NoStream, vec![fact(7)]).await.unwrap();
    assert_eq!(appended.revision, Revision(3));
    assert_eq!(read(&log).await.unwrap(), [7]);
}

#[tokio::test]
async fn refused_delete_says_where_the_stream_is() {
    let node = Node::start().await;
    let log = node.connect(PATIENT).await;
    append_each(&log, "s", 0..3).await;

    let outcome = log.delete("s", before(1)).await;

    match outcome {
        Err(AppendError::WrongRevision { current, .. }) => assert_eq!(current, Some(Revision(2))),
        outcome => panic!("{outcome:?}"),
    }
    assert_eq!(read(&log).await.unwrap(), [0, 1, 2]);
}

#[tokio::test]
async fn tombstoned_stream_is_deleted_for_good() {
    let node = Node::start().await;
    let log = node.connect(PATIENT).await;
    append_each(&log, "s", 0..3).await;

    log.tombstone("s", before(3)).await.unwrap();

    let appended = log.append("s", before(3), vec![fact(3)]).await;
    assert!(matches!(appended, Err(AppendError::Deleted(_))), "{appended:?}");
    let read = read(&log).await;
    assert!(matches!(read, Err(ReadError::Deleted(_))), "{read:?}");
}
