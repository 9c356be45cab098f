use std::{fs::OpenOptions, os::unix::fs::FileExt};

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
