use std::{fs::OpenOptions, io, os::unix::fs::FileExt};

use futures::future::join_all;
use tokio::sync::mpsc;

use super::*;
use crate::server::{
    storage::{file, identity},
    writer::desk::Desk,
};

#[tokio::test]
async fn a_page_that_cannot_be_read_is_damage_and_raises_the_alarm() {
    let mut desk = Desk::new();
    for _ in 0..500 {
        desk.append(0, "stream", &"x".repeat(200));
    }
    let (path, head) = (file(desk.directory()), desk.position());
    let connection = Connection::open(&path).unwrap();
    let seal = Seal::new(identity(&connection).unwrap());
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    let sql = "SELECT max(pageno) FROM dbstat WHERE name = 'facts' AND pagetype = 'leaf'";
    let page: u64 =
        connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map_or(20, i64::cast_unsigned);
    drop(connection);
    // The type of a page stands in its first byte.
    let database = OpenOptions::new().write(true).open(&path).unwrap();
    database.write_all_at(&[0; 16], (page - 1) * 4096).unwrap();

    let alarm = Alarm::new();
    let readers = Readers::new(path, seal, alarm.clone(), Arc::new(Tail::new(head)));
    let read = readers.read(move |snapshot| snapshot.forwards(0, head, 1_000)).await;

    let error = read.unwrap_err();
    assert!(error.is_damage(), "{error:?}");
    assert_eq!(alarm.damage(), Some(error.to_string()));
    assert!(!alarm.allows_writing());
}

/// Readers of a log of two facts, of which the disk keeps the first.
fn of_one_kept_fact(desk: &mut Desk) -> (Readers, Arc<Tail>, Alarm) {
    desk.append(0, "stream", "\"kept\"");
    let (tail, alarm) = (Arc::new(Tail::new(desk.position())), Alarm::new());
    desk.append(0, "stream", "\"committed\"");
    tail.announce(desk.position());
    let path = file(desk.directory());
    let seal = Seal::new(identity(&Connection::open(&path).unwrap()).unwrap());
    (Readers::new(path, seal, alarm.clone(), Arc::clone(&tail)), tail, alarm)
}

#[tokio::test]
async fn who_waits_for_the_disk_keeps_nobody_from_what_it_has_kept() {
    const WAITING: usize = 2 * READERS_MAX;
    let mut desk = Desk::new();
    let (readers, tail, _) = of_one_kept_fact(&mut desk);
    let (looking, mut looked) = mpsc::unbounded_channel();
    let waiting = [(); WAITING].map(|()| {
        let (readers, looking) = (readers.clone(), looking.clone());
        tokio::spawn(async move {
            let read = readers.read(move |file| {
                looking.send(()).unwrap();
                file.forwards(0, 2, 2)
            });
            read.await.unwrap()
        })
    });
    for _ in 0..WAITING {
        looked.recv().await.unwrap();
    }

    let kept = readers.read_durable(|file| file.forwards(0, 1, 1)).await.unwrap();

    assert_eq!(kept.len(), 1);
    assert!(waiting.iter().all(|read| !read.is_finished()));
    let committed = readers.read_durable(|file| file.forwards(1, 2, 1)).await.unwrap();
    tail.publish(committed);
    for read in join_all(waiting).await {
        assert_eq!(read.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn what_the_disk_has_failed_to_keep_is_not_shown() {
    let mut desk = Desk::new();
    let (readers, _, alarm) = of_one_kept_fact(&mut desk);

    alarm.raise(&StorageError::Sync(io::Error::other("on purpose")));

    let unkept = readers.read(|file| file.forwards(0, 2, 2)).await;
    assert!(matches!(unkept, Err(StorageError::Unkept)), "{unkept:?}");
    let kept = readers.read_durable(|file| file.forwards(0, 1, 1)).await.unwrap();
    assert_eq!(kept.len(), 1);
}
