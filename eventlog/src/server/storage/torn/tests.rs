use std::io::Write;

use super::*;

const PAGE: usize = 512;
const FRAME: usize = PAGE + 24;

/// A write-ahead log in its turn 9, with frames that say which turn they are of.
fn wal(turns: &[u32], rest: &[u8]) -> File {
    let mut wal = tempfile::tempfile().unwrap();
    let mut bytes = vec![0; HEADER_BYTES];
    bytes[8..12].copy_from_slice(&u32::try_from(PAGE).unwrap().to_be_bytes());
    bytes[16..20].copy_from_slice(&9_u32.to_be_bytes());
    for turn in turns {
        let mut frame = vec![1; FRAME];
        frame[8..12].copy_from_slice(&turn.to_be_bytes());
        bytes.extend_from_slice(&frame);
    }
    bytes.extend_from_slice(rest);
    wal.write_all(&bytes).unwrap();
    wal
}

#[test]
fn what_an_earlier_turn_left_is_not_said_to_be_discarded() {
    assert_eq!(torn_bytes(&wal(&[9, 9, 8, 7], &[]), 2).unwrap(), 0);
}

#[test]
fn what_follows_the_last_commit_is_said_to_be_discarded() {
    assert_eq!(torn_bytes(&wal(&[9, 9, 9], &[]), 2).unwrap(), FRAME as u64);
    assert_eq!(torn_bytes(&wal(&[9, 9], &[1; 100]), 2).unwrap(), 100);
    assert_eq!(torn_bytes(&wal(&[9, 9, 9, 8], &[0; 5]), 2).unwrap(), FRAME as u64 + 5);
}

#[test]
fn a_log_of_which_not_even_the_beginning_is_whole_is_discarded() {
    let mut torn = tempfile::tempfile().unwrap();
    torn.write_all(&[1; 20]).unwrap();
    assert_eq!(torn_bytes(&torn, 0).unwrap(), 20);
}
