//! The writer's hold on the disk.
//!
//! **Invariant:** what was committed is written down by the witness before anybody hears of it.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use super::{group::Done, memory::Memory};
use crate::server::{
    fact::Fact,
    storage::{self, OpenError, Seal, Snapshot, StorageError, Testimony, Witness, WitnessSync},
};

/// The write-ahead log is folded into the database after about so many pages.
const PAGES_UNFOLDED_MAX: usize = 4_000;
/// Pages that a fact touches besides its own bytes: an index and its stream's entry.
const PAGES_PER_FACT: usize = 3;
const PAGE_BYTES: usize = 8_192;

/// The file, its seal and its witness.
#[derive(Debug)]
pub(crate) struct Disk {
    directory: PathBuf,
    connection: Connection,
    seal: Seal,
    witness: Witness,
    /// About how many pages the write-ahead log holds.
    unfolded: usize,
    had_room: bool,
}

impl Disk {
    /// Open the log in `directory`, or begin one there. What had been acknowledged must be there.
    pub(crate) fn open(directory: &Path) -> Result<Self, OpenError> {
        let mut connection = storage::open_writer(&storage::file(directory))?;
        let id = storage::prepare(&mut connection)?;
        let seal = Seal::new(id);
        let end = storage::check(&connection, &seal, Testimony::hear(directory, id)?)?;
        let witness = Witness::open(directory, id, end)?;
        let directory = directory.to_owned();
        Ok(Self { directory, connection, seal, witness, unfolded: 0, had_room: true })
    }

    /// What its readers need to read.
    pub(crate) fn seal(&self) -> &Seal {
        &self.seal
    }

    /// The way to have the witness kept.
    pub(crate) fn syncing(&self) -> WitnessSync {
        self.witness.syncing()
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

    /// Commit what `work` does. It is durable and witnessed when this returns.
    pub(super) fn commit<T>(
        &mut self,
        memory: &mut Memory,
        work: impl FnOnce(&Connection, &Seal, &mut Memory) -> Result<(T, Done), StorageError>,
    ) -> Result<(T, Done), StorageError> {
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (answer, done) = work(&tx, &self.seal, memory)?;
        tx.commit()?;
        if !done.facts.is_empty() {
            self.witness.record(memory.head())?;
        }
        let bytes: usize = done.facts.iter().map(Fact::size).sum();
        self.unfolded += done.facts.len() * PAGES_PER_FACT + bytes / PAGE_BYTES;
        Ok((answer, done))
    }

    /// Leave nothing of what was purged in the write-ahead log.
    pub(super) fn scrub(&mut self) -> Result<(), StorageError> {
        while !storage::fold_all(&self.connection)? {
            tracing::warn!("a reader keeps purged payloads in the write-ahead log");
        }
        self.unfolded = 0;
        Ok(())
    }

    /// Fold the write-ahead log if it has grown long.
    pub(super) fn tend(&mut self) -> Result<(), StorageError> {
        if self.unfolded >= PAGES_UNFOLDED_MAX {
            storage::fold(&self.connection)?;
            self.unfolded = 0;
        }
        Ok(())
    }

    /// Leave the log as one file and its witness, as far as nobody reads it.
    pub(super) fn close(&mut self) -> Result<(), StorageError> {
        self.witness.syncing().sync()?;
        storage::fold_all(&self.connection).map(drop)
    }
}
