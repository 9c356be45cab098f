//! How far the log had acknowledged, in a file of its own.
//!
//! The database alone cannot tell that its newest commits are missing: a log that is cut short
//! looks like a shorter log. The witness is written before each answer and synced every second, in
//! two places in turn, so that a torn write leaves the one before.
//!
//! ```text
//! log id 16 · position 8 · chain 32 · CRC-32 of these 4
//! ```

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::FileExt,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use rusqlite::Connection;
use uuid::Uuid;

use super::{Chain, OpenError, StorageError, walk::Walk};

const FILE: &str = "head";
const FILE_NEW: &str = "head.new";
const SLOT: usize = 60;
/// The two places are in different blocks of the disk.
const SLOT_OFFSETS: [u64; 2] = [0, 4096];

/// The end of the log at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) position: u64,
    pub(crate) chain: Chain,
}

/// Writes down how far the log has got. Of its clones one writes.
#[derive(Clone, Debug)]
pub(crate) struct Witness {
    file: Arc<File>,
    id: Uuid,
    turn: usize,
    unsynced: Arc<AtomicBool>,
}

/// Has the disk keep what was written down. Once that failed, nothing can be said about the witness
/// any more, and it must not be tried again.
#[derive(Clone, Debug)]
pub(crate) struct WitnessSync {
    file: Arc<File>,
    unsynced: Arc<AtomicBool>,
}

/// What the witness of a log says when it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Testimony {
    /// There is none.
    Missing,
    /// The log had got so far.
    Seen(Seen),
    /// It cannot be read, or is of another log.
    Unreadable,
}

impl Testimony {
    /// Hear the witness of the log `id`.
    pub(crate) fn hear(directory: &Path, id: Uuid) -> io::Result<Self> {
        let file = match File::open(directory.join(FILE)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::Missing),
            Err(error) => return Err(error),
        };
        let seen = SLOT_OFFSETS.into_iter().filter_map(|offset| read_slot(&file, offset, id));
        Ok(seen.max_by_key(|seen| seen.position).map_or(Self::Unreadable, Self::Seen))
    }

    /// Compare with the log in `file`, which ends at `head`.
    pub(super) fn compare(self, file: &Connection, head: u64) -> Result<(), OpenError> {
        match self {
            // A log has its witness before its first fact.
            Self::Missing if head == 0 => Ok(()),
            Self::Missing => Err(OpenError::WitnessMissing),
            Self::Unreadable => Err(OpenError::Witness),
            Self::Seen(Seen { position, .. }) if position > head => {
                Err(OpenError::Short { head, acknowledged: position })
            }
            Self::Seen(Seen { position, chain }) => {
                if Walk::from(file, position)?.chain == chain {
                    return Ok(());
                }
                let what = "it is not the one that was acknowledged";
                Err(StorageError::Damaged { position, what }.into())
            }
        }
    }
}

impl Witness {
    /// The witness of the log `id`, which has got as far as `end`.
    pub(crate) fn open(directory: &Path, id: Uuid, end: Seen) -> io::Result<Self> {
        let (path, new) = (directory.join(FILE), directory.join(FILE_NEW));
        if !path.exists() {
            let file = File::create(&new)?;
            // Both places are written before the file has its name, so that neither needs room
            // later, and a witness that is there can be read.
            for offset in SLOT_OFFSETS {
                file.write_all_at(&write_slot(id, end), offset)?;
            }
            file.sync_all()?;
            fs::rename(&new, &path)?;
            File::open(directory)?.sync_all()?;
        }
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        let unsynced = Arc::new(AtomicBool::new(false));
        let mut witness = Self { file: Arc::new(file), id, turn: 0, unsynced };
        witness.record(end)?;
        witness.record(end)?;
        witness.syncing().sync()?;
        Ok(witness)
    }

    /// Write down that the log has got as far as `seen`.
    pub(crate) fn record(&mut self, seen: Seen) -> io::Result<()> {
        self.turn = (self.turn + 1) % SLOT_OFFSETS.len();
        self.file.write_all_at(&write_slot(self.id, seen), SLOT_OFFSETS[self.turn])?;
        self.unsynced.store(true, Ordering::Release);
        Ok(())
    }

    /// The way to have it kept.
    pub(crate) fn syncing(&self) -> WitnessSync {
        WitnessSync { file: Arc::clone(&self.file), unsynced: Arc::clone(&self.unsynced) }
    }
}

impl WitnessSync {
    /// Have the disk keep what was written down so far.
    pub(crate) fn sync(&self) -> io::Result<()> {
        if self.unsynced.swap(false, Ordering::AcqRel) { self.file.sync_data() } else { Ok(()) }
    }
}

fn write_slot(id: Uuid, seen: Seen) -> [u8; SLOT] {
    let mut slot = [0; SLOT];
    slot[..16].copy_from_slice(id.as_bytes());
    slot[16..24].copy_from_slice(&seen.position.to_be_bytes());
    slot[24..56].copy_from_slice(&seen.chain);
    let checksum = crc32fast::hash(&slot[..56]);
    slot[56..].copy_from_slice(&checksum.to_be_bytes());
    slot
}

fn read_slot(file: &File, offset: u64, id: Uuid) -> Option<Seen> {
    let mut slot = [0; SLOT];
    file.read_exact_at(&mut slot, offset).ok()?;
    let position = u64::from_be_bytes(slot[16..24].try_into().ok()?);
    let seen = Seen { position, chain: slot[24..56].try_into().ok()? };
    (write_slot(id, seen) == slot).then_some(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Uuid = Uuid::from_u128(7);

    fn seen(position: u8) -> Seen {
        Seen { position: position.into(), chain: [position; 32] }
    }

    #[test]
    fn the_newest_of_what_was_written_down_is_what_counts() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(Testimony::hear(directory.path(), ID).unwrap(), Testimony::Missing);
        let mut witness = Witness::open(directory.path(), ID, seen(1)).unwrap();
        for position in 2..=4 {
            witness.record(seen(position)).unwrap();
            let testimony = Testimony::hear(directory.path(), ID).unwrap();
            assert_eq!(testimony, Testimony::Seen(seen(position)));
        }
    }

    #[test]
    fn a_torn_write_leaves_the_one_before() {
        let directory = tempfile::tempdir().unwrap();
        let mut witness = Witness::open(directory.path(), ID, seen(1)).unwrap();
        witness.record(seen(2)).unwrap();
        witness.record(seen(3)).unwrap();
        witness.file.write_all_at(b"torn", SLOT_OFFSETS[witness.turn] + 20).unwrap();
        let testimony = Testimony::hear(directory.path(), ID).unwrap();
        assert_eq!(testimony, Testimony::Seen(seen(2)));
    }

    #[test]
    fn the_witness_of_another_log_says_nothing() {
        let directory = tempfile::tempdir().unwrap();
        Witness::open(directory.path(), ID, seen(1)).unwrap();
        let testimony = Testimony::hear(directory.path(), Uuid::from_u128(8)).unwrap();
        assert_eq!(testimony, Testimony::Unreadable);
    }
}
