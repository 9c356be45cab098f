//! Looking at every fact while the log runs.
//!
//! **Invariant:** no view of the file is held from one step to the next, so that neither folding
//! nor purging waits for it.

use rusqlite::ErrorCode;

use super::{Chain, Snapshot, StorageError, walk::Walk};

/// Facts of one step.
const STEP: u32 = 512;

/// How far the looking has got.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inspection {
    walk: Walk,
    end: u64,
}

impl Inspection {
    /// Of the facts up to `end`, from the first one on.
    pub(crate) fn up_to(end: u64) -> Self {
        Self { walk: Walk { position: 0, chain: Chain::default() }, end }
    }

    /// Whether all has been looked at.
    pub(crate) fn is_done(&self) -> bool {
        self.walk.position >= self.end
    }

    /// Look at the next facts.
    pub(crate) fn step(mut self, snapshot: &Snapshot<'_>) -> Result<Self, StorageError> {
        let position = self.walk.position + 1;
        match snapshot.walk(&mut self.walk, STEP) {
            Ok(0) => Err(StorageError::Damaged { position, what: "it is missing" }),
            Ok(_) => Ok(self),
            Err(StorageError::Sqlite(error))
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) =>
            {
                let position = self.walk.position + 1;
                Err(StorageError::Damaged { position, what: "its page cannot be read" })
            }
            Err(error) => Err(error),
        }
    }
}
