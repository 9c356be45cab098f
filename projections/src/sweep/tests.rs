//! What a sweep takes along, and what it leaves as it was.

use eventlog::Position;
use schema::{MessageId, StreamName};

use super::{Swept, sweep, unswept};
use crate::{
    MessagesQuery, UsersQuery,
    testing::{ADA, BOB, Scene, Working, erased, named, read},
};

/// Names and definitions of all that belongs to the tables, and what they hold.
const SHAPE: &str = "
    SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
        SELECT pg_get_indexdef(indexrelid) AS line FROM pg_index i
        JOIN pg_class t ON t.oid = i.indrelid WHERE t.relnamespace = 'public'::regnamespace
        UNION ALL
        SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL
        SELECT table_name || ' ' || column_name || ' ' || data_type || ' ' || is_nullable || ' '
               || ordinal_position || coalesce(column_default, '')
        FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL
        SELECT 'schema ' || nspname FROM pg_namespace
    ) lines";

/// Ada has said something, has changed, and is gone; Bob is there.
async fn work(scene: &Scene, working: &Working) -> Position {
    scene.register(ADA, "ada").await;
    scene.register(BOB, "bob").await;
    scene.send(1, ADA, BOB).await;
    scene.append(StreamName::Message(MessageId(1)), read(1, ADA, BOB)).await;
    scene.append(StreamName::User(ADA), named(ADA, "countess")).await;
    working.reached(scene.send(2, BOB, BOB).await).await;
    let gone = scene.append(StreamName::User(ADA), erased(ADA)).await;
    working.reached(gone).await;
    gone
}

/// All rows that say something of people.
async fn rows(scene: &Scene) -> String {
    let all = super::tables()
        .map(|table| format!("SELECT '{table} ' || t::text AS line FROM {table} t"))
        .collect::<Vec<_>>();
    let sql = format!(
        "SELECT string_agg(line, E'\\n' ORDER BY line) FROM ({}) lines",
        all.join(" UNION ALL ")
    );
    scene.text(&sql).await
}

#[tokio::test]
async fn a_sweep_leaves_tables_as_they_were_and_whoever_writes_or_reads_goes_on() {
    let scene = Scene::open().await;
    let working = scene.project();
    let pool = scene.pool();
    work(&scene, &working).await;
    assert_eq!(unswept(&pool).await.unwrap(), [ADA.0]);
    let before = (scene.text(SHAPE).await, rows(&scene).await);
    let files = "SELECT pg_relation_filepath('messages')";
    let file = scene.text(files).await;
    pool.user(BOB).await.unwrap().value.unwrap();

    let swept = sweep(&scene.database).await.unwrap();
    assert_eq!(swept, Swept { people: vec![ADA.0], journal: true });
    assert_eq!((scene.text(SHAPE).await, rows(&scene).await), before);
    assert_ne!(scene.text(files).await, file, "the table is in the same file");
    assert!(unswept(&pool).await.unwrap().is_empty());

    // The statements that were prepared before work on the new tables.
    working.reached(scene.send(3, BOB, BOB).await).await;
    let received = pool.received(BOB, 0, 10).await.unwrap().value.messages;
    assert_eq!(received.iter().map(|one| one.id.0).collect::<Vec<_>>(), [3, 2, 1]);
    assert_eq!(sweep(&scene.database).await.unwrap().people, Vec::<i64>::new());
    scene.close().await;
}

#[tokio::test]
async fn rows_made_again_from_the_log_after_an_erasure_are_those_that_were_swept() {
    let mut scene = Scene::open().await;
    let working = scene.project();
    work(&scene, &working).await;
    // Sealed with a key that somebody still had.
    let raced = scene.send(3, ADA, BOB).await;
    working.reached(raced).await;
    sweep(&scene.database).await.unwrap();
    let live = rows(&scene).await;
    assert!(!live.contains("message 3") && live.contains("message 2"), "{live}");
    drop(working);

    let key = StreamName::Key(ADA).to_string();
    let mut purge = eventlog::StreamMetadata::default();
    purge.other.insert("purge".to_owned(), true.into());
    let nothing = eventlog::ExpectedRevision::NoStream;
    scene.log.set_stream_metadata(&key, nothing, &purge).await.unwrap();
    scene.log.tombstone(&key, eventlog::ExpectedRevision::Any).await.unwrap();
    scene.vault.forget(ADA);
    scene.database = crate::testing::database().await;
    let again = scene.project();
    again.reached(raced).await;
    assert_eq!(rows(&scene).await, live);
    assert_eq!(scene.text("SELECT count(*)::text FROM left_out").await, "0");
    drop(again);
    scene.close().await;
}
