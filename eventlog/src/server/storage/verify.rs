//! Looking at everything.

use std::{fmt::Write as _, path::Path};

use rusqlite::Connection;

use super::{
    OpenError, Seal, Snapshot, StorageError, Testimony, identity, open_reader, tally::Tally,
    walk::Walk,
};

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
/// and what is kept about its stream. The log may be running meanwhile, and goes on growing.
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
    let seal = Seal::new(log);
    let testimony = Testimony::hear(directory, log).map_err(missing)?;
    testimony.compare(&connection, Snapshot::new(&connection, &seal).head()?.0)?;
    check_indices(&connection)?;
    let mut walk = Walk::from_start();
    let mut tally = Tally::default();
    // From here on no view of the file is held from one step to the next, so that the writer can
    // tidy up. The look at the indices has held one over the whole file.
    loop {
        let tx = connection.transaction()?;
        let (total, _) = Snapshot::new(&tx, &seal).head()?;
        walk.step(&tx, &seal, STEP, |passed| tally.add(&passed))?;
        progress(Progress { facts: walk.position, total });
        if walk.position == total {
            let streams = tally.compare(&tx, &seal)?;
            let head = hexadecimal(&walk.chain);
            return Ok(Report { log, facts: walk.position, purged: tally.purged, streams, head });
        }
    }
}

fn check_indices(file: &Connection) -> Result<(), Kind> {
    let said: String = file.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if said == "ok" { Ok(()) } else { Err(Kind::Index(said)) }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests;
