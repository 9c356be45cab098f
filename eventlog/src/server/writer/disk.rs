//! The writer's hold on the disk.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use rusqlite::Connection;

use super::{group::Done, memory::Memory};
use crate::server::{
    fact::Fact,
    storage::{self, OpenError, Seal, Snapshot, StorageError, Testimony, Witness, WitnessSync},
};

/// The file, its seal and its witness.
#[derive(Debug)]
pub(crate) struct Disk {
    directory: PathBuf,
    connection: Connection,
    seal: Seal,
    witness: Witness,
    /// Whether a commit waits until the disk keeps it.
    waits: bool,
    /// Whether purged payloads may still stand in the write-ahead log.
    unscrubbed: bool,
    had_room: bool,
    /// How many bytes at most the write-ahead log has grown by since its length was asked for.
    grown_bytes: usize,
}

/// The length of the write-ahead log is asked for after so many bytes: to ask costs as much as to
/// write a fact.
const GROWN_BYTES_MAX: usize = 4 << 20;
/// What a fact writes beside itself at most: pages of its own, of the index and of the streams that
/// it shares with others if it is lucky.
const SHARED_BYTES: usize = 12 << 10;

/// Why a group was not committed.
#[derive(Debug)]
pub(super) enum CommitError {
    /// It has left nothing behind.
    Undone(StorageError),
    /// It may have been committed nevertheless.
    Unknown(StorageError),
}

impl Disk {
    /// Open the log in `directory`, or begin one there. What had been acknowledged must be there.
    pub(crate) fn open(directory: &Path) -> Result<Self, OpenError> {
        let file = storage::file(directory);
        let mut connection = storage::open_writer(&file)?;
        storage::report_torn_tail(&connection, &file)?;
        storage::keep_recovered(&file)?;
        let id = storage::prepare(&mut connection)?;
        let seal = Seal::new(id);
        let end = storage::check(&connection, &seal, Testimony::hear(directory, id)?)?;
        let witness = Witness::open(directory, id, end)?;
        let directory = directory.to_owned();
        let mut disk = Self {
            directory,
            connection,
            seal,
            witness,
            waits: true,
            unscrubbed: true,
            had_room: true,
            grown_bytes: 0,
        };
        // Who died between a purge and its answer will be asked again.
        match disk.scrub() {
            Err(error) if !error.is_full() => return Err(error.into()),
            Ok(()) | Err(_) => {}
        }
        Ok(disk)
    }

    /// What its readers need to read.
    pub(crate) fn seal(&self) -> &Seal {
        &self.seal
    }

    /// The way to have the witness kept.
    pub(crate) fn syncing(&self) -> WitnessSync {
        self.witness.syncing()
    }

    /// Who writes down how far the log has got, and the file that is to be synced after a commit that
    /// did not [wait](Self::wait_in_commit).
    pub(super) fn keepers(&self) -> io::Result<(Witness, File)> {
        let wal = storage::wal(&storage::file(&self.directory));
        Ok((self.witness.clone(), File::open(wal)?))
    }

    /// Whether a commit `waits` until the disk keeps it, from now on. If not, somebody else has to
    /// have the write-ahead log synced before anybody hears of the commit. That is all that the
    /// library leaves out then: the pages are written in the same order, and it goes on to sync
    /// before and after it folds them.
    pub(super) fn wait_in_commit(&mut self, waits: bool) -> Result<(), StorageError> {
        if self.waits != waits {
            let level = if waits { "FULL" } else { "NORMAL" };
            self.connection.execute_batch(&format!("PRAGMA synchronous = {level}"))?;
            self.waits = waits;
        }
        Ok(())
    }

    /// What the file says, for the writer to remember.
    pub(super) fn load(&self) -> Result<Memory, StorageError> {
        Memory::load(&Snapshot::new(&self.connection, &self.seal))
    }

    /// Whether there is room to write. Where that cannot be said, writing will tell.
    pub(super) fn has_room(&mut self) -> bool {
        let has_room = storage::has_room(&self.directory).unwrap_or(true);
        if has_room != self.had_room {
            self.had_room = has_room;
            if has_room {
                tracing::info!("the log has room again and takes appends");
            } else {
                tracing::warn!("the disk is nearly full: the log takes no appends");
            }
        }
        has_room
    }

    /// Commit what `work` does. It is durable when this returns, unless that was
    /// [left](Self::wait_in_commit) to somebody else.
    pub(super) fn commit<T>(
        &mut self,
        memory: &mut Memory,
        work: impl FnOnce(&Connection, &Seal, &mut Memory) -> Result<(T, Done), StorageError>,
    ) -> Result<(T, Done), CommitError> {
        let tx = Transaction::begin(&self.connection).map_err(CommitError::Undone)?;
        let (answer, done) = work(tx.0, &self.seal, memory).map_err(CommitError::Undone)?;
        tx.commit().map_err(CommitError::of_commit)?;
        self.unscrubbed |= done.purged;
        let grown = |fact: &Fact| fact.size() + SHARED_BYTES;
        self.grown_bytes += done.facts.iter().map(grown).sum::<usize>();
        Ok((answer, done))
    }

    /// Whether purged payloads may still stand in the write-ahead log.
    pub(super) fn is_unscrubbed(&self) -> bool {
        self.unscrubbed
    }

    /// Leave nothing of what was purged in the write-ahead log, if readers let it; see
    /// [`Self::is_unscrubbed`].
    pub(super) fn scrub(&mut self) -> Result<(), StorageError> {
        if self.unscrubbed {
            self.unscrubbed = !storage::fold_all(&self.connection)?;
        }
        Ok(())
    }

    /// Fold the write-ahead log if it has grown long.
    pub(super) fn tend(&mut self) -> Result<(), StorageError> {
        if self.grown_bytes < GROWN_BYTES_MAX && !self.unscrubbed {
            return Ok(());
        }
        self.grown_bytes = 0;
        storage::tend(&self.connection)
    }

    /// Leave the log as one file and its witness, as far as nobody reads it.
    pub(super) fn close(&mut self) -> Result<(), StorageError> {
        self.witness.syncing().sync()?;
        storage::fold_all(&self.connection).map(drop)
    }
}

/// A transaction, undone when dropped.
struct Transaction<'a>(&'a Connection);

impl<'a> Transaction<'a> {
    /// Its statements are kept from one transaction to the next, unlike those of the library's own.
    fn begin(connection: &'a Connection) -> Result<Self, StorageError> {
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        Ok(Self(connection))
    }

    fn commit(self) -> Result<(), StorageError> {
        self.0.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // It is over if it was committed, and sometimes if that failed.
        if !self.0.is_autocommit()
            && let Err(error) = self.0.execute_batch("ROLLBACK")
        {
            tracing::warn!(%error, "a transaction of the log could not be undone");
        }
    }
}

impl CommitError {
    /// A commit that found no room for its pages has not happened. One that found no room for
    /// their index may come to light when the index is made anew.
    fn of_commit(error: StorageError) -> Self {
        if error.is_full_of_pages() { Self::Undone(error) } else { Self::Unknown(error) }
    }
}
