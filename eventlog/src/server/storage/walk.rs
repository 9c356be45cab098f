//! Walking along the chain.

use rusqlite::{Connection, params};

use super::{
    Chain, Seal, StorageError,
    record::{link, payload_digest},
    snapshot::{columns, raw_fact},
};
use crate::server::fact::Fact;

/// A place in the log, and what the next fact there is chained to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk {
    pub(super) position: u64,
    pub(super) chain: Chain,
}

/// A fact that was passed.
#[derive(Debug)]
pub(super) struct Passed {
    /// The number that stands for its stream.
    pub(super) stream: i64,
    pub(super) fact: Fact,
    pub(super) purged: bool,
}

impl Walk {
    /// From behind the fact at `position`; from the beginning with 0.
    pub(super) fn from(file: &Connection, position: u64) -> Result<Self, StorageError> {
        let sql = "SELECT chain FROM facts WHERE position = ?1";
        let chain = match position {
            0 => Chain::default(),
            _ => file.query_row(sql, [position.cast_signed()], |row| row.get(0))?,
        };
        Ok(Self { position, chain })
    }

    /// Pass at most `limit` facts and say how many there were. Each must be whole, must follow the
    /// one before without a gap and must be chained to it.
    pub(super) fn step(
        &mut self,
        file: &Connection,
        seal: &Seal,
        limit: u32,
        mut visit: impl FnMut(Passed) -> Result<(), StorageError>,
    ) -> Result<u64, StorageError> {
        let mut statement = file.prepare_cached(concat!(
            "SELECT ",
            columns!(),
            ", stream FROM facts WHERE position > ?1 ORDER BY position LIMIT ?2"
        ))?;
        let mut rows = statement.query(params![self.position.cast_signed(), limit])?;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            let raw = raw_fact(row)?;
            let position = self.position + 1;
            if raw.position != position {
                return Err(StorageError::Damaged { position, what: "it is missing" });
            }
            let fact = seal.open(&raw)?;
            let chain = if let Some(digest) = raw.payload_digest {
                link(&self.chain, raw.header, digest)
            } else {
                link(&self.chain, raw.header, &payload_digest(raw.metadata, raw.data))
            };
            if chain != raw.chain {
                let what = "it is not chained to the one before it";
                return Err(StorageError::Damaged { position, what });
            }
            visit(Passed { stream: row.get(8)?, fact, purged: raw.payload_digest.is_some() })?;
            *self = Self { position, chain };
            count += 1;
        }
        Ok(count)
    }
}
