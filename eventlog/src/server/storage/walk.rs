//! Walking along the chain.

use rusqlite::{Connection, OptionalExtension, params};

use super::{
    Chain, Seal, StorageError,
    record::{RawFact, link, payload_digest},
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
    /// From the beginning.
    pub(super) fn from_start() -> Self {
        Self { position: 0, chain: Chain::default() }
    }

    /// From behind the fact at `position`; from the beginning with 0.
    pub(super) fn from(file: &Connection, position: u64) -> Result<Self, StorageError> {
        if position == 0 {
            return Ok(Self::from_start());
        }
        let chain = file
            .prepare_cached("SELECT substr(seal, 5, 32) FROM facts WHERE position = ?1")?
            .query_row([position.cast_signed()], |row| row.get(0))
            .optional()
            .map_err(|error| StorageError::from(error).at(position))?;
        let chain = chain.ok_or(StorageError::Damaged { position, what: "it is missing" })?;
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
        let begun = self.position;
        let mut rows = statement.query(params![begun.cast_signed(), limit])?;
        loop {
            let position = self.position + 1;
            let here = |error: rusqlite::Error| StorageError::from(error).at(position);
            let Some(row) = rows.next().map_err(here)? else { break };
            let raw = raw_fact(row).map_err(here)?;
            if raw.position != position {
                return Err(StorageError::Damaged { position, what: "it is missing" });
            }
            let (fact, chain) = self.follow(seal, &raw)?;
            visit(Passed { stream: row.get(5).map_err(here)?, fact, purged: raw.purged })?;
            *self = Self { position, chain };
        }
        Ok(self.position - begun)
    }

    /// The next fact, if it is whole and chained to what was passed.
    fn follow(&self, seal: &Seal, raw: &RawFact<'_>) -> Result<(Fact, Chain), StorageError> {
        let damaged = |what| Err(StorageError::Damaged { position: raw.position, what });
        let fact = seal.open(raw)?.to_fact();
        let sealed = raw.sealed()?;
        if !raw.purged && payload_digest(raw.payload) != *sealed.payload_digest {
            return damaged("its payload is not the one that was written");
        }
        let chain = link(&self.chain, sealed.header, sealed.payload_digest);
        if chain != *sealed.chain {
            return damaged("it is not chained to the one before it");
        }
        Ok((fact, chain))
    }
}
