//! Looking at everything while the log runs.
//!
//! **Invariant:** no view of the file is held from one step to the next, so that neither folding
//! nor purging waits for it.

use rusqlite::params;

use super::{
    Snapshot, StorageError, StreamRow, snapshot::stream_columns, tally::checked, walk::Walk,
};
use crate::server::fact::{METADATA_PREFIX, TOMBSTONE_REVISION};

/// Facts, or streams, of one step.
const STEP: u32 = 512;

/// How far the looking has got.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inspection {
    walk: Walk,
    /// The last fact to look at.
    end: u64,
    /// The number of the last stream that was looked at.
    stream: i64,
    done: bool,
}

impl Inspection {
    /// Of the facts up to `end`, from the first one on, and then of the streams.
    pub(crate) fn up_to(end: u64) -> Self {
        Self { walk: Walk::from_start(), end, stream: 0, done: false }
    }

    /// Whether all has been looked at.
    pub(crate) fn is_done(&self) -> bool {
        self.done
    }

    /// Look at what comes next.
    pub(crate) fn step(mut self, snapshot: &Snapshot<'_>) -> Result<Self, StorageError> {
        if self.walk.position >= self.end {
            self.done = self.look_at_streams(snapshot)? < STEP;
            return Ok(self);
        }
        let (file, seal) = snapshot.parts();
        let position = self.walk.position + 1;
        match self.walk.step(file, seal, STEP, |_| Ok(()))? {
            0 => Err(StorageError::Damaged { position, what: "it is missing" }),
            _ => Ok(self),
        }
    }

    /// Look at the next streams, and say how many there were.
    fn look_at_streams(&mut self, snapshot: &Snapshot<'_>) -> Result<u32, StorageError> {
        let (file, seal) = snapshot.parts();
        let mut statement = file.prepare_cached(concat!(
            "SELECT ",
            stream_columns!(),
            ", name FROM streams WHERE id > ?1 ORDER BY id LIMIT ?2"
        ))?;
        let mut rows = statement.query(params![self.stream, STEP])?;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            let (kept, name) = checked(row, seal)?;
            look_at_stream(snapshot, &kept, &name)?;
            self.stream = kept.id;
            count += 1;
        }
        Ok(count)
    }
}

/// Its name must lead to it, and it must end where it is said to end.
fn look_at_stream(
    snapshot: &Snapshot<'_>,
    kept: &StreamRow,
    name: &str,
) -> Result<(), StorageError> {
    let damaged = |what| Err(StorageError::stream(name, what));
    if snapshot.stream(name)?.as_ref() != Some(kept) {
        return damaged("its name does not lead to it");
    }
    if kept.tombstone {
        snapshot.fact(name, kept.id, TOMBSTONE_REVISION)?;
    }
    let Some(last) = kept.last else {
        let metadata = snapshot.stream(&format!("{METADATA_PREFIX}{name}"))?;
        let described = metadata.is_some_and(|metadata| metadata.last.is_some());
        return if kept.tombstone || described { Ok(()) } else { damaged("it has no facts") };
    };
    snapshot.fact(name, kept.id, last)?;
    if snapshot.has_facts_after(kept.id, last)? {
        return damaged("it goes on after what is said to be its end");
    }
    Ok(())
}
