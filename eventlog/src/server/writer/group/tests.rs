use super::*;
use crate::server::writer::desk::Desk;

#[test]
fn expired_payloads_are_purged_where_the_stream_wants_it() {
    let mut desk = Desk::new();
    for stream in ["attempts", "notes"] {
        desk.append(100, stream, "old");
        desk.append(110, stream, "new");
    }
    desk.append(110, "$$attempts", r#"{"$maxAge":60,"purge":true}"#);
    desk.append(110, "$$notes", r#"{"$maxAge":60}"#);

    assert!(!desk.change(160, "", Change::PurgeExpired));
    assert!(desk.change(161, "", Change::PurgeExpired));
    assert_eq!(desk.data("attempts", 0..2), [b"".to_vec(), b"new".to_vec()]);
    assert_eq!(desk.data("notes", 0..2), [b"old".to_vec(), b"new".to_vec()]);

    assert!(!desk.change(162, "", Change::PurgeExpired));
    assert!(desk.change(171, "", Change::PurgeExpired));
    assert_eq!(desk.data("attempts", 0..2), [b"", b""]);
}

#[test]
fn a_clock_that_jumps_back_changes_only_what_facts_say_they_were_created_at() {
    let mut desk = Desk::new();
    desk.append(1_000, "stream", "first");
    desk.append(10, "stream", "second");
    assert_eq!(desk.data("stream", 0..2), [b"first".to_vec(), b"second".to_vec()]);
    assert_eq!(desk.position(), 2);
}

#[test]
fn streams_of_which_nothing_is_left_to_purge_are_not_looked_at_again() {
    let mut desk = Desk::new();
    desk.append(10, "$$attempts", r#"{"$maxAge":60,"purge":true}"#);
    desk.append(10, "$$notes", r#"{"purge":true}"#);
    for stream in ["attempts", "notes"] {
        desk.append(100, stream, "first");
        desk.append(110, stream, "second");
    }
    assert!(desk.due(160).is_empty());
    assert_eq!(desk.due(161), ["attempts"]);

    desk.change(161, "", Change::PurgeExpired);
    assert!(desk.due(170).is_empty());
    assert_eq!(desk.due(171), ["attempts"]);

    desk.change(200, "", Change::PurgeExpired);
    assert!(desk.due(1_000_000).is_empty());
    desk.append(300, "attempts", "third");
    assert_eq!(desk.due(361), ["attempts"]);

    desk.append(300, "$$attempts", r#"{"$maxAge":600,"purge":true}"#);
    assert!(desk.due(361).is_empty());
    desk.change(400, "attempts", Change::Tombstone);
    assert!(desk.due(1_000_000).is_empty());
}
