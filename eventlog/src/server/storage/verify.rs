//! Looking at everything.

use std::{collections::HashMap, fmt::Write as _, path::Path};

use rusqlite::Connection;

use super::{
    OpenError, Seal, Snapshot, StorageError, Testimony, identity, open_reader,
    snapshot::stream_row,
    walk::{Passed, Walk},
};
use crate::server::fact::TOMBSTONE_REVISION;

/// How many facts are looked at between two reports.
const STEP: u32 = 4096;

/// What a log consists of, after all of it was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Which log it is.
    pub log: uuid::Uuid,
    /// How many facts it has.
    pub facts: u64,
    /// How many of them have lost their payloads, as was asked for.
    pub purged: u64,
    /// How many streams have facts.
    pub streams: u64,
    /// Hash that the next fact is to be chained to, in hexadecimal: two logs with the same hash
    /// hold the same facts.
    pub head: String,
}

/// How far the looking has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Facts looked at.
    pub facts: u64,
    /// Facts there are.
    pub total: u64,
}

/// What is wrong with a log, or why it could not be looked at.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct VerifyError(Kind);

#[derive(Debug, thiserror::Error)]
enum Kind {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error("an index of the log does not match its tables: {0}")]
    Index(String),
    #[error("{0} cannot be looked at")]
    Directory(std::path::PathBuf, #[source] std::io::Error),
}

impl<E: Into<Kind>> From<E> for VerifyError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl From<rusqlite::Error> for Kind {
    fn from(error: rusqlite::Error) -> Self {
        Self::Storage(error.into())
    }
}

/// Look at every fact of the log in `directory`: its checksum, its place, the chain, the indices,
/// and what is kept about its stream. The log may be running meanwhile.
///
/// # Errors
///
/// The first thing that is not as it was written, with its position.
pub fn verify(directory: &Path, mut progress: impl FnMut(Progress)) -> Result<Report, VerifyError> {
    let missing = |error| Kind::Directory(directory.to_owned(), error);
    let file = super::file(directory);
    std::fs::metadata(&file).map_err(missing)?;
    let mut connection = open_reader(&file)?;
    let log = identity(&connection)?;
    let testimony = Testimony::hear(directory, log).map_err(missing)?;
    let tx = connection.transaction()?;
    let seal = Seal::new(log);
    let (total, _) = Snapshot::new(&tx, &seal).head()?;
    match testimony {
        Testimony::Unreadable => return Err(OpenError::Witness.into()),
        Testimony::Seen(seen) if seen.position > total => {
            return Err(OpenError::Short { head: total, acknowledged: seen.position }.into());
        }
        Testimony::Seen(_) | Testimony::Missing => {}
    }
    let said: String = tx.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if said != "ok" {
        return Err(Kind::Index(said).into());
    }
    let mut walk = Walk::from(&tx, 0)?;
    let mut tally = Tally::default();
    while walk.step(&tx, &seal, STEP, |passed| tally.add(&passed))? > 0 {
        progress(Progress { facts: walk.position, total });
    }
    let streams = tally.compare(&tx, &seal)?;
    let head = hexadecimal(&walk.chain);
    Ok(Report { log, facts: walk.position, purged: tally.purged, streams, head })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

/// What the facts say about their streams.
#[derive(Debug, Default)]
struct Tally {
    purged: u64,
    streams: HashMap<i64, Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    name: u32,
    next: u64,
    tombstone: bool,
}

impl Tally {
    fn add(&mut self, passed: &Passed) -> Result<(), StorageError> {
        let Passed { stream, fact, purged } = passed;
        let damaged = |what| Err(StorageError::Damaged { position: fact.position, what });
        self.purged += u64::from(*purged);
        let name = crc32fast::hash(fact.stream());
        let seen = self.streams.entry(*stream).or_insert(Seen { name, ..Seen::default() });
        if seen.name != name {
            return damaged("it stands in another stream");
        }
        match fact.revision {
            TOMBSTONE_REVISION => seen.tombstone = true,
            revision if revision == seen.next => seen.next += 1,
            _ => return damaged("it has a revision that is not the next one of its stream"),
        }
        Ok(())
    }

    /// Compare with what is kept about the streams, and say how many there are.
    fn compare(&self, file: &Connection, seal: &Seal) -> Result<u64, StorageError> {
        let mut statement = file.prepare(
            "SELECT id, last_revision, tombstone, max_count, max_age_seconds, truncate_before,
                 purge, purged_before, checksum, name
             FROM streams ORDER BY id",
        )?;
        let mut rows = statement.query([])?;
        let mut found = 0;
        while let Some(row) = rows.next()? {
            let (kept, checksum, name) =
                (stream_row(row)?, row.get::<_, u32>(8)?, row.get::<_, String>(9)?);
            let damaged = |stream, what| Err(StorageError::StreamDamaged { stream, what });
            if kept.checksum(seal, &name) != checksum {
                return damaged(name, "its checksum does not match");
            }
            found += u64::from(self.streams.contains_key(&kept.id));
            let none = Seen { name: crc32fast::hash(name.as_bytes()), ..Seen::default() };
            let seen = self.streams.get(&kept.id).unwrap_or(&none);
            if (seen.name, seen.next.checked_sub(1), seen.tombstone)
                != (none.name, kept.last, kept.tombstone)
            {
                return damaged(name, "it does not match its facts");
            }
        }
        let streams = self.streams.len() as u64;
        if found < streams {
            let what = "one that has facts is missing";
            return Err(StorageError::StreamDamaged { stream: String::new(), what });
        }
        Ok(streams)
    }
}
