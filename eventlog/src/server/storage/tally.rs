//! What facts say about their streams, to be compared with what is kept about these.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, Row};

use super::{
    Seal, StorageError, StreamRow,
    snapshot::{stream_columns, stream_row},
    walk::Passed,
};
use crate::server::{
    fact::{METADATA_PREFIX, TOMBSTONE_REVISION},
    settings::Settings,
};

/// What the facts say that were passed.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) purged: u64,
    streams: HashMap<i64, Seen>,
    /// Streams, by their names' checksums, whose metadata has said that payloads may be purged.
    purging: HashSet<u32>,
    /// Streams, by their names' checksums, that have metadata.
    described: HashSet<u32>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    name: u32,
    next: u64,
    tombstone: bool,
    /// Before which revision facts were found purged.
    purged_before: u64,
}

impl Tally {
    pub(super) fn add(&mut self, passed: &Passed) -> Result<(), StorageError> {
        let Passed { stream, fact, purged } = passed;
        let damaged = |what| Err(StorageError::Damaged { position: fact.position, what });
        let name = crc32fast::hash(fact.stream());
        if let Some(described) = fact.stream().strip_prefix(METADATA_PREFIX.as_bytes()) {
            let described = crc32fast::hash(described);
            self.described.insert(described);
            if Settings::parse(fact.data()).purge {
                self.purging.insert(described);
            }
        }
        let seen = self.streams.entry(*stream).or_insert(Seen { name, ..Seen::default() });
        if seen.name != name {
            return damaged("it stands in another stream");
        }
        if *purged {
            seen.purged_before = fact.revision.saturating_add(1);
            self.purged += 1;
        }
        match fact.revision {
            TOMBSTONE_REVISION => seen.tombstone = true,
            revision if revision == seen.next => seen.next += 1,
            _ => return damaged("it has a revision that is not the next one of its stream"),
        }
        Ok(())
    }

    /// Compare with what is kept about the streams, and say how many there are.
    pub(super) fn compare(&self, file: &Connection, seal: &Seal) -> Result<u64, StorageError> {
        let mut statement =
            file.prepare(concat!("SELECT ", stream_columns!(), ", name FROM streams ORDER BY id"))?;
        let mut rows = statement.query([])?;
        let mut found = 0;
        while let Some(row) = rows.next()? {
            let (kept, name) = checked(row, seal)?;
            found += u64::from(self.streams.contains_key(&kept.id));
            if let Some(what) = self.contradiction(&kept, &name) {
                return Err(StorageError::StreamDamaged { stream: name, what });
            }
        }
        let streams = self.streams.len() as u64;
        if found < streams {
            return Err(StorageError::stream("", "one that has facts is missing"));
        }
        Ok(streams)
    }

    /// What is wrong with what is kept about the stream `name`.
    fn contradiction(&self, kept: &StreamRow, name: &str) -> Option<&'static str> {
        let hash = crc32fast::hash(name.as_bytes());
        let Some(seen) = self.streams.get(&kept.id) else {
            let empty = kept.last.is_none() && !kept.tombstone && kept.purged_before == 0;
            return (!empty || !self.described.contains(&hash)).then_some("it has no facts");
        };
        if (seen.name, seen.next.checked_sub(1), seen.tombstone)
            != (hash, kept.last, kept.tombstone)
        {
            return Some("it does not match its facts");
        }
        // One that was purged after it was passed was still seen with its payload.
        if seen.purged_before > kept.purged_before
            || (seen.purged_before > 0 && !self.purging.contains(&hash))
        {
            return Some("facts are purged that nobody asked to purge");
        }
        None
    }
}

/// The row of a stream, and its name, if they are what was written.
pub(super) fn checked(row: &Row<'_>, seal: &Seal) -> Result<(StreamRow, String), StorageError> {
    let (kept, checksum, name) =
        (stream_row(row)?, row.get::<_, u32>(9)?, row.get::<_, String>(10)?);
    if kept.checksum(seal, &name) == checksum {
        Ok((kept, name))
    } else {
        Err(StorageError::StreamDamaged { stream: name, what: "its checksum does not match" })
    }
}
