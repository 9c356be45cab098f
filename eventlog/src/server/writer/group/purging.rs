//! Taking payloads off the disk: all of a stream that ends, and of others what has expired.

use super::Group;
use crate::server::{
    storage::{Purge, StorageError, StreamRow},
    writer::Written,
};

/// How many facts are purged at a time because they have expired; others want to write as well.
const FACTS_MAX: u64 = 4_096;
/// Of how many streams at most.
const STREAMS_MAX: usize = 256;

impl Group<'_> {
    /// Purge what has expired in the streams that want it, up to a limit; the rest next time.
    pub(super) fn purge_expired(&mut self) -> Result<Written, StorageError> {
        let mut facts = FACTS_MAX;
        for name in self.file().streams_to_purge(self.now, STREAMS_MAX)? {
            let row = self.stream(&name)?;
            let (Some(last), Some(age)) = (row.last, row.settings.max_age_ticks()) else {
                return Err(StorageError::stream(&name, "it has nothing to be purged"));
            };
            let last = last.min(row.purged_before.saturating_add(facts - 1));
            facts -= self.purge(&name, &row, last, self.now.saturating_sub(age))?;
            self.set_purge_due(&name)?;
            if facts == 0 {
                break;
            }
        }
        Ok(Written { revision: None, position: self.memory.position })
    }

    /// Purge what was created before `before_ticks`, up to the revision `last`. Says how many facts
    /// that were.
    pub(super) fn purge(
        &mut self,
        name: &str,
        row: &StreamRow,
        last: u64,
        before_ticks: i64,
    ) -> Result<u64, StorageError> {
        let from = row.purged_before;
        let purge = Purge { stream: row.id, from, last, before_ticks };
        let next = purge.run(self.tx, self.seal)?;
        if next > from {
            self.purged = true;
            self.change(name, |row| row.purged_before = next)?;
        }
        Ok(next - from)
    }

    /// Say from when on the first fact of a stream that has its payload is to be purged.
    pub(super) fn set_purge_due(&mut self, name: &str) -> Result<(), StorageError> {
        let row = self.stream(name)?;
        let next = row.purged_before;
        let due = match row.settings.max_age_ticks() {
            Some(age) if row.settings.purge && !row.tombstone && row.last >= Some(next) => {
                let fact = self.file().fact(name, row.id, next)?;
                // Facts expire when they are older, not when they are as old.
                Some(fact.created.saturating_add(age).saturating_add(1))
            }
            Some(_) | None => None,
        };
        if due != row.purge_due {
            self.change(name, |row| row.purge_due = due)?;
        }
        Ok(())
    }
}
