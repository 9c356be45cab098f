//! The file: an `SQLite` database in WAL mode, one connection that writes, a few that read.
//!
//! **Invariant:** a commit is durable when it returns (`synchronous=FULL`), and nothing reads what
//! is not committed. Every row is checked when it is read: a fact that is not exactly what was
//! written is an error that names its position, never an answer.

mod apart;
mod backup;
mod inspection;
mod lock;
mod names;
mod opening;
mod purge;
mod readers;
mod record;
mod rows;
mod schema;
mod snapshot;
mod tally;
mod torn;
mod upkeep;
mod verify;
mod walk;
mod witness;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

pub use self::{
    apart::{backup_apart, put_back},
    backup::{BackupError, backup},
    verify::{Progress, Report, VerifyError, verify},
};
pub(crate) use self::{
    inspection::Inspection,
    lock::{Lock, LockError},
    opening::check,
    purge::Purge,
    readers::Readers,
    record::{Chain, Seal},
    rows::{Rows, StreamRow},
    schema::{identity, prepare},
    snapshot::Snapshot,
    torn::report_torn_tail,
    upkeep::{fold_all, has_room, keep_recovered, tend},
    witness::{Seen, Testimony, Witness, WitnessSync},
};

/// The oldest `SQLite` whose WAL recovery is sound: older ones can lose a commit when a checkpoint
/// races with a writer.
const SQLITE_VERSION_MIN: i32 = 3_051_003;

/// Why the file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StorageError {
    /// `SQLite` says no.
    #[error("storage failed")]
    Sqlite(#[source] rusqlite::Error),
    /// What the file holds somewhere cannot be what was written.
    #[error("a page of the log is damaged")]
    Page(#[source] rusqlite::Error),
    /// The witness cannot be written.
    #[error("the file `head` cannot be written")]
    Witness(#[from] std::io::Error),
    /// The disk does not say that it keeps what was committed.
    #[error("the write-ahead log cannot be synced")]
    Sync(#[source] std::io::Error),
    /// The disk has failed before it kept what was read, so that nobody knows whether it does.
    #[error("the disk has failed to keep what was read")]
    Unkept,
    /// The process is about to end.
    #[error("storage is closed")]
    Stopped,
    /// What stands at `position` is not what was written there.
    #[error("fact {position} of the log is damaged: {what}")]
    Damaged {
        /// Where.
        position: u64,
        /// How it shows.
        what: &'static str,
    },
    /// What is kept about a stream is not what was written.
    #[error("the entry of stream {stream:?} is damaged: {what}")]
    StreamDamaged {
        /// Which.
        stream: String,
        /// How it shows.
        what: &'static str,
    },
}

impl From<rusqlite::Error> for StorageError {
    fn from(error: rusqlite::Error) -> Self {
        let by_content = matches!(
            error,
            rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::Utf8Error(..)
        );
        let by_code = matches!(
            error.sqlite_error_code(),
            Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase)
        );
        if by_content || by_code { Self::Page(error) } else { Self::Sqlite(error) }
    }
}

impl StorageError {
    /// What is kept about the stream `name` is damaged.
    pub(crate) fn stream(name: &str, what: &'static str) -> Self {
        Self::StreamDamaged { stream: name.to_owned(), what }
    }

    /// A damaged page shows at the fact at `position`.
    pub(crate) fn at(self, position: u64) -> Self {
        match self {
            Self::Page(_) => Self::Damaged { position, what: "its page cannot be read" },
            error @ (Self::Sqlite(_)
            | Self::Witness(_)
            | Self::Sync(_)
            | Self::Unkept
            | Self::Stopped
            | Self::Damaged { .. }
            | Self::StreamDamaged { .. }) => error,
        }
    }

    /// A damaged page shows at the stream `name`.
    pub(crate) fn of(self, name: &str) -> Self {
        match self {
            Self::Page(_) => Self::stream(name, "its page cannot be read"),
            error @ (Self::Sqlite(_)
            | Self::Witness(_)
            | Self::Sync(_)
            | Self::Unkept
            | Self::Stopped
            | Self::Damaged { .. }
            | Self::StreamDamaged { .. }) => error,
        }
    }

    /// Whether there was no room. Nothing was written, and nothing is wrong with what stands.
    pub(crate) fn is_full(&self) -> bool {
        match self {
            // The index of the write-ahead log cannot grow where there is no room either.
            Self::Sqlite(error) => error.sqlite_error().is_some_and(|error| {
                error.code == rusqlite::ErrorCode::DiskFull
                    || error.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE
            }),
            Self::Page(_)
            | Self::Witness(_)
            | Self::Sync(_)
            | Self::Unkept
            | Self::Stopped
            | Self::Damaged { .. }
            | Self::StreamDamaged { .. } => false,
        }
    }

    /// Whether there was no room for pages of the file or its write-ahead log.
    pub(crate) fn is_full_of_pages(&self) -> bool {
        match self {
            Self::Sqlite(error) => error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull),
            Self::Page(_)
            | Self::Witness(_)
            | Self::Sync(_)
            | Self::Unkept
            | Self::Stopped
            | Self::Damaged { .. }
            | Self::StreamDamaged { .. } => false,
        }
    }

    /// Whether something stored is not what was written.
    pub(crate) fn is_damage(&self) -> bool {
        match self {
            Self::Page(_) | Self::Damaged { .. } | Self::StreamDamaged { .. } => true,
            Self::Sqlite(_) | Self::Witness(_) | Self::Sync(_) | Self::Unkept | Self::Stopped => {
                false
            }
        }
    }
}

/// Why the file could not be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// The library is too old.
    #[error("SQLite {0} can lose data, 3.51.3 or newer is needed")]
    SqliteTooOld(&'static str),
    /// It is the file of something else, or of a later version.
    #[error("the file holds format {0}, this program reads format {expected}", expected = schema::FORMAT)]
    Format(i64),
    /// The end of the log is gone.
    #[error("the log ends at fact {head}, but facts up to {acknowledged} had been acknowledged")]
    Short {
        /// Where it ends.
        head: u64,
        /// Where it had ended.
        acknowledged: u64,
    },
    /// The file that says how far the log had got is gone.
    #[error(
        "the file `head`, which says how far the log had got, is missing; a backup of the log has \
         one again"
    )]
    WitnessMissing,
    /// Nothing can be said about the end of the log.
    #[error("the file `head`, which says how far the log had got, is damaged")]
    Witness,
    /// The file that says how far the log had got cannot be used.
    #[error("the file `head`, which says how far the log had got, cannot be used")]
    WitnessIo(#[from] std::io::Error),
    /// See the source.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Storage(error.into())
    }
}

/// Name of the database within a log's directory.
pub(crate) fn file(directory: &Path) -> PathBuf {
    directory.join("log.sqlite")
}

/// Name of the write-ahead log of the database `file`.
pub(crate) fn wal(file: &Path) -> PathBuf {
    let mut wal = file.as_os_str().to_owned();
    wal.push("-wal");
    wal.into()
}

/// Open the one connection that writes, and create the file where there is none.
pub(crate) fn open_writer(file: &Path) -> Result<Connection, OpenError> {
    if rusqlite::version_number() < SQLITE_VERSION_MIN {
        return Err(OpenError::SqliteTooOld(rusqlite::version()));
    }
    let connection = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    // Purged payloads are to be gone from the file, hence `secure_delete`.
    connection.execute_batch(
        "PRAGMA page_size = 4096;
         PRAGMA temp_store = MEMORY;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA secure_delete = ON;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA mmap_size = 0;
         PRAGMA cache_size = -8192;",
    )?;
    upkeep::take_over(&connection)?;
    prepare_once(&connection)?;
    Ok(connection)
}

/// Open one of the connections that read.
pub(crate) fn open_reader(file: &Path) -> Result<Connection, StorageError> {
    let connection = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.execute_batch("PRAGMA mmap_size = 0; PRAGMA cache_size = -2048;")?;
    prepare_once(&connection)?;
    Ok(connection)
}

/// Keep statements as they were planned: otherwise one that looks for a range is planned anew for
/// each range, which takes several times as long as to run it.
fn prepare_once(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.set_prepared_statement_cache_capacity(64);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}
