//! What a crash left behind the last commit of the write-ahead log.
//!
//! `SQLite` drops it when the file is opened, and says nothing. Nobody was told of what it was
//! going to hold, but an operator wants to know that it was there.

use std::{
    fs::File,
    io::{self, ErrorKind},
    os::unix::fs::FileExt,
    path::Path,
};

use rusqlite::Connection;

use super::{StorageError, upkeep, wal};

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: u64 = 24;
/// An earlier turn of the file, whose frames are left there to be overwritten, has a smaller
/// number, as the number grows by one with each turn.
const TURNS_MAX: u32 = 1 << 24;

/// Say how much is dropped from the write-ahead log of `file`, which was just opened by `writer`
/// and not written to.
pub(crate) fn report_torn_tail(writer: &Connection, file: &Path) -> Result<(), StorageError> {
    let frames = upkeep::frames(writer)?;
    let bytes = match File::open(wal(file)) {
        Ok(left) => torn_bytes(&left, frames)?,
        Err(error) if error.kind() == ErrorKind::NotFound => 0,
        Err(error) => return Err(error.into()),
    };
    if bytes > 0 {
        tracing::warn!(
            bytes,
            "discarded {bytes} bytes at the end of the log, which nobody was told were written"
        );
    }
    Ok(())
}

/// How many bytes behind the first `frames` belong to the present turn of `wal`, or to none.
fn torn_bytes(wal: &File, frames: u64) -> io::Result<u64> {
    let length = wal.metadata()?.len();
    let mut header = [0; HEADER_BYTES];
    if length < HEADER_BYTES as u64 {
        return Ok(length);
    }
    wal.read_exact_at(&mut header, 0)?;
    let number = |offset: usize| {
        let bytes = header[offset..].first_chunk().expect("the header is longer");
        u32::from_be_bytes(*bytes)
    };
    let (page_bytes, turn) = (u64::from(number(8)), number(16));
    if !page_bytes.is_power_of_two() {
        return Ok(length);
    }
    let frame_bytes = FRAME_HEADER_BYTES + page_bytes;
    let mut dropped = 0;
    let mut offset = HEADER_BYTES as u64 + frames * frame_bytes;
    while offset < length {
        let mut older = [0; 4];
        let whole = offset + frame_bytes <= length;
        let earlier = whole && {
            wal.read_exact_at(&mut older, offset + 8)?;
            (1..TURNS_MAX).contains(&turn.wrapping_sub(u32::from_be_bytes(older)))
        };
        if !earlier {
            dropped += frame_bytes.min(length - offset);
        }
        offset += frame_bytes;
    }
    Ok(dropped)
}

#[cfg(test)]
mod tests;
