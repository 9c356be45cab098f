//! Taking payloads off the disk.

use rusqlite::{Connection, params};

use super::{
    Seal, StorageError,
    record::{RawFact, payload_digest},
    snapshot::{columns, raw_fact},
};

/// How many facts are looked at together.
const PAGE: i64 = 256;

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
    /// At most so many.
    pub(crate) facts_max: u64,
}

/// A fact without its payload.
struct Purged {
    position: i64,
    revision: u64,
    digest: [u8; 32],
    checksum: u32,
}

impl Purge {
    /// Leave of each fact only what the chain needs: its header, and a digest in place of its
    /// payload. Returns the revision that it got to.
    pub(crate) fn run(self, tx: &Connection, seal: &Seal) -> Result<u64, StorageError> {
        let mut next = self.from;
        while next <= self.last && next - self.from < self.facts_max {
            let page = self.page(tx, seal, next)?;
            let Some(last) = page.last() else { break };
            next = last.revision + 1;
            for Purged { position, digest, checksum, .. } in page {
                tx.prepare_cached(
                    "UPDATE facts SET payload_digest = ?2, checksum = ?3, metadata = x'', data = x''
                     WHERE position = ?1",
                )?
                .execute(params![position, digest, checksum])?;
            }
        }
        Ok(next)
    }

    /// What the next facts become.
    fn page(self, tx: &Connection, seal: &Seal, from: u64) -> Result<Vec<Purged>, StorageError> {
        let mut statement = tx.prepare_cached(concat!(
            "SELECT ",
            columns!(),
            " FROM facts WHERE stream = ?1 AND revision BETWEEN ?2 AND ?3
             ORDER BY revision LIMIT ?4"
        ))?;
        let (from, last) = (from.cast_signed(), self.last.cast_signed());
        let mut rows = statement.query(params![self.stream, from, last, PAGE])?;
        let mut page = Vec::new();
        while let Some(row) = rows.next()? {
            let raw = raw_fact(row)?;
            let fact = seal.open(&raw)?;
            if fact.created >= self.before_ticks {
                break;
            }
            let digest = match raw.payload_digest {
                Some(digest) => digest.try_into().unwrap_or_default(),
                None => payload_digest(raw.metadata, raw.data),
            };
            let checksum = seal.fact_checksum(&RawFact {
                payload_digest: Some(&digest),
                metadata: &[],
                data: &[],
                ..raw
            });
            let (position, revision) = (raw.position.cast_signed(), raw.revision);
            page.push(Purged { position, revision, digest, checksum });
        }
        Ok(page)
    }
}
