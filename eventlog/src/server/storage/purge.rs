//! Taking payloads off the disk.
//!
//! **Invariant:** a row is overwritten where it stands, as long as it was, so that nothing of the
//! payload is left in the file; see `schema`.

use rusqlite::{Connection, params};

use super::{
    Seal, StorageError,
    schema::{block, block_end},
    snapshot::{columns, raw_fact},
};

/// Which facts of a stream lose their payloads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Purge {
    pub(crate) stream: i64,
    /// From this revision
    pub(crate) from: u64,
    /// up to this one,
    pub(crate) last: u64,
    /// but only as long as they were created before.
    pub(crate) before_ticks: i64,
}

/// A fact without its payload.
struct Purged {
    position: i64,
    revision: u64,
    seal: Vec<u8>,
}

impl Purge {
    /// Leave of each fact only what the chain needs: its header and its payload's digest. Returns
    /// the revision that it got to.
    pub(crate) fn run(self, tx: &Connection, with: &Seal) -> Result<u64, StorageError> {
        let mut next = self.from;
        while next <= self.last {
            let end = block_end(block(next)).min(self.last);
            for Purged { position, revision, seal } in self.page(tx, with, next, end)? {
                tx.prepare_cached(
                    "UPDATE facts SET purged = 1, seal = ?2, payload = zeroblob(length(payload))
                     WHERE position = ?1",
                )?
                .execute(params![position, seal])?;
                next = revision + 1;
            }
            if next <= end {
                break;
            }
        }
        Ok(next)
    }

    /// What the facts up to `last`, of one block, become.
    fn page(
        self,
        tx: &Connection,
        seal: &Seal,
        from: u64,
        last: u64,
    ) -> Result<Vec<Purged>, StorageError> {
        let mut statement = tx.prepare_cached(concat!(
            "SELECT ",
            columns!(),
            " FROM facts INDEXED BY facts_by_stream
             WHERE revision >> 4 = ?1 AND stream = ?2 AND revision BETWEEN ?3 AND ?4
             ORDER BY revision"
        ))?;
        let block = block(from).cast_signed();
        let (from, last) = (from.cast_signed(), last.cast_signed());
        let mut rows = statement.query(params![block, self.stream, from, last])?;
        let mut page = Vec::new();
        while let Some(row) = rows.next()? {
            let raw = raw_fact(row)?;
            if seal.open(&raw)?.place.created >= self.before_ticks {
                break;
            }
            page.push(Purged {
                position: raw.position.cast_signed(),
                revision: raw.revision,
                seal: seal.of_purged(&raw),
            });
        }
        Ok(page)
    }
}
