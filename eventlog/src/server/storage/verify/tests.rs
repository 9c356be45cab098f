use std::sync::Arc;

use rusqlite::{Connection, params};

use super::*;
use crate::server::{
    alarm::Alarm,
    storage::{
        Inspection, Readers, Seen, StreamRow, Witness,
        snapshot::{columns, raw_fact},
    },
    tail::Tail,
    writer::{Change, Disk, desk::Desk},
};

const PURGING: &str = r#"{"$maxAge":60,"purge":true}"#;

/// Facts 1 and 2 are purged, 3 is not, 4 and 5 are of a stream that nobody asked to purge.
fn grown() -> Desk {
    let mut desk = Desk::new();
    desk.append(0, "attempts", "first");
    desk.append(0, "attempts", "second");
    desk.append(90, "attempts", "third");
    desk.append(0, "notes", "first");
    desk.append(0, "notes", "second");
    desk.append(90, "$$attempts", PURGING);
    assert!(desk.change(100, "", Change::PurgeExpired));
    desk
}

fn file(desk: &Desk) -> Connection {
    Connection::open(crate::server::storage::file(desk.directory())).unwrap()
}

fn said(desk: &Desk) -> String {
    match verify(desk.directory(), |_| {}) {
        Ok(report) => format!("{} purged", report.purged),
        Err(error) => error.to_string(),
    }
}

/// Writes the fact at `position` anew, with a checksum that fits.
fn forge(desk: &Desk, position: u64, purged: bool, data: &[u8]) {
    let file = file(desk);
    let with = Seal::new(identity(&file).unwrap());
    let payload = [&[0; 8], data].concat();
    let sql = concat!("SELECT ", columns!(), " FROM facts WHERE position = ?1");
    let seal = file
        .query_row(sql, [position.cast_signed()], |row| {
            let mut seal = raw_fact(row)?.seal.to_vec();
            let checksum = with.fact_checksum(purged, &seal, &payload);
            seal[..checksum.len()].copy_from_slice(&checksum);
            Ok(seal)
        })
        .unwrap();
    let forged = "UPDATE facts SET purged = ?2, payload = ?3, seal = ?4 WHERE position = ?1";
    file.execute(forged, params![position.cast_signed(), purged, payload, seal]).unwrap();
}

#[test]
fn what_was_purged_because_it_had_expired_verifies() {
    assert_eq!(said(&grown()), "2 purged");
}

#[test]
fn a_payload_in_place_of_a_purged_one_is_noticed() {
    let desk = grown();
    forge(&desk, 1, true, b"{\"forged\":1}");
    assert!(said(&desk).contains("fact 1 of the log is damaged"), "{}", said(&desk));
}

#[test]
fn another_payload_is_noticed_though_its_checksum_fits() {
    let desk = grown();
    forge(&desk, 4, false, b"{\"forged\":1}");
    assert!(said(&desk).contains("fact 4 of the log is damaged"), "{}", said(&desk));
}

#[test]
fn a_payload_that_is_gone_though_nobody_asked_for_that_is_noticed() {
    let desk = grown();
    forge(&desk, 4, true, &[0; 5]);
    assert!(said(&desk).contains("nobody asked to purge"), "{}", said(&desk));
    let desk = grown();
    forge(&desk, 3, true, &[0; 5]);
    assert!(said(&desk).contains("nobody asked to purge"), "{}", said(&desk));
}

#[test]
fn an_end_that_is_not_the_one_that_was_acknowledged_is_noticed() {
    let desk = grown();
    let id = identity(&file(&desk)).unwrap();
    let forged = Seen { position: desk.position(), chain: [7; 32] };
    Witness::open(desk.directory(), id, forged).unwrap();
    assert!(said(&desk).contains("not the one that was acknowledged"), "{}", said(&desk));
}

#[test]
fn a_log_without_its_witness_is_neither_verified_nor_opened() {
    let desk = grown();
    std::fs::remove_file(desk.directory().join("head")).unwrap();
    assert!(said(&desk).contains("is missing"), "{}", said(&desk));
    assert!(matches!(Disk::open(desk.directory()), Err(OpenError::WitnessMissing)));
}

/// Looks at everything, as it is done after the start, and says what is wrong.
async fn inspected(desk: &Desk) -> Option<String> {
    let file = crate::server::storage::file(desk.directory());
    let seal = Seal::new(identity(&Connection::open(&file).unwrap()).unwrap());
    let alarm = Alarm::new();
    let readers = Readers::new(file, seal, alarm.clone(), Arc::new(Tail::new(desk.position())));
    let mut inspection = Inspection::up_to(desk.position());
    while !inspection.is_done() {
        match readers.read(move |snapshot| inspection.step(snapshot)).await {
            Ok(further) => inspection = further,
            Err(_) => return alarm.damage(),
        }
    }
    None
}

#[tokio::test]
async fn a_stream_without_its_facts_is_damage() {
    let desk = grown();
    assert_eq!(inspected(&desk).await, None);
    let file = file(&desk);
    let seal = Seal::new(identity(&file).unwrap());
    let row = StreamRow { id: 77, last: Some(1), ..StreamRow::default() };
    let checksum = row.checksum(&seal, "forged");
    let entered =
        "INSERT INTO streams VALUES (77, 'forged', 1, 0, NULL, NULL, NULL, 0, 0, NULL, ?1)";
    file.execute(entered, [checksum]).unwrap();
    assert!(said(&desk).contains("\"forged\" is damaged"), "{}", said(&desk));
    let damage = inspected(&desk).await.unwrap();
    assert!(damage.contains("\"forged\" is damaged"), "{damage}");
}

#[tokio::test]
async fn a_stream_that_is_not_what_was_written_is_found_by_the_look_at_everything() {
    for (change, stream) in [
        ("UPDATE streams SET last_revision = 0 WHERE name = 'notes'", "notes"),
        ("UPDATE streams SET purged_before = 3 WHERE name = 'attempts'", "attempts"),
        ("DELETE FROM facts WHERE position = 5", ""),
    ] {
        let desk = grown();
        file(&desk).execute_batch(change).unwrap();
        let damage = inspected(&desk).await.unwrap();
        assert!(damage.contains(stream), "{damage}");
    }
}
