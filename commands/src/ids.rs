//! Public integer ids, reserved in blocks from the log (hi/lo): the write side needs no sequence of
//! Postgres's.

use std::{collections::HashMap, ops::Range};

use eventlog::{AppendError, Direction, ExpectedRevision, Fact as Stored, StreamFrom};
use schema::{
    Fact, FactError, IdKind, IdsReserved, LogFact, StreamName,
    caps::{DECIDE_ATTEMPTS_MAX, IDS_BLOCK},
};
use tokio::sync::Mutex;
use vault::VaultError;

use crate::{Commands, ExecuteError, LogFailure, Request, journal::Entry, random};

/// What is left of the blocks that this process has reserved.
#[derive(Debug, Default)]
pub(crate) struct Ids(Mutex<HashMap<IdKind, Range<i64>>>);

impl Commands {
    /// The id that is kept for `request`, or one that nobody else gets, now or ever.
    pub(crate) async fn id_for<R>(
        &self,
        kind: IdKind,
        request: &Request,
    ) -> Result<i64, ExecuteError<R>> {
        match request.kept.as_ref().and_then(|kept| kept.id) {
            Some(id) => Ok(id),
            None => self.next_id(kind, request).await,
        }
    }

    /// An id that nobody else gets, now or ever.
    pub(crate) async fn next_id<R>(
        &self,
        kind: IdKind,
        request: &Request,
    ) -> Result<i64, ExecuteError<R>> {
        // Held while a block is being reserved, so that racers share it.
        let mut blocks = self.ids.0.lock().await;
        let block = blocks.entry(kind).or_insert(0..0);
        if block.is_empty() {
            *block = self.reserve(kind, request).await?;
        }
        Ok(block.next().expect("a block that was just filled is not empty"))
    }

    async fn reserve<R>(
        &self,
        kind: IdKind,
        request: &Request,
    ) -> Result<Range<i64>, ExecuteError<R>> {
        let stream = StreamName::Ids(kind);
        let name = stream.to_string();
        for _ in 0..DECIDE_ATTEMPTS_MAX {
            let (first, expected) = self.next_block(&name).await?;
            let fact = Fact::from(IdsReserved { first, count: IDS_BLOCK });
            // The fact's id is random: the log must not tell two racers that both hold one block.
            let metadata = request.metadata(&self.vault);
            let block = self.vault.seal(&stream, random::id(), fact, metadata).await?;
            match self.append_sealed(&stream, expected, vec![block]).await {
                Ok(_) => {
                    let after = first.saturating_add_unsigned(IDS_BLOCK);
                    self.note(Entry::Taken(kind, after)).await?;
                    return Ok(first..after);
                }
                Err(AppendError::WrongRevision { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ExecuteError::Contended)
    }
}

impl Commands {
    /// Reserves all ids of `kind` below `free`, which had been handed out before the log forgot it.
    /// Tells how many those were.
    pub(crate) async fn skip_ids<R>(
        &self,
        kind: IdKind,
        free: i64,
        request: &Request,
    ) -> Result<u64, ExecuteError<R>> {
        let stream = StreamName::Ids(kind);
        for _ in 0..DECIDE_ATTEMPTS_MAX {
            let (first, expected) = self.next_block(&stream.to_string()).await?;
            let Some(count) = free.checked_sub(first).and_then(|count| u64::try_from(count).ok())
            else {
                return Ok(0);
            };
            if count == 0 {
                return Ok(0);
            }
            let fact = Fact::from(IdsReserved { first, count });
            let metadata = request.metadata(&self.vault);
            let block = self.vault.seal(&stream, random::id(), fact, metadata).await?;
            match self.append_sealed(&stream, expected, vec![block]).await {
                Ok(_) => return Ok(count),
                Err(AppendError::WrongRevision { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ExecuteError::Contended)
    }

    /// The first id of the next block of the stream `name`, and what its append expects.
    async fn next_block(&self, name: &str) -> Result<(i64, ExpectedRevision), LogFailure> {
        let last = self.log.read_stream(name, StreamFrom::End, Direction::Backwards, 1).await?;
        Ok(match last.first() {
            None => (1, ExpectedRevision::NoStream),
            Some(last) => (after(last)?, ExpectedRevision::Exactly(last.revision)),
        })
    }
}

/// The first id after the block that `last` reserved.
fn after(last: &Stored) -> Result<i64, VaultError> {
    match Fact::read(&last.kind, &last.data)? {
        Fact::Log(LogFact::IdsReserved(block)) => {
            Ok(block.first.saturating_add_unsigned(block.count))
        }
        other => Err(FactError::Unknown(other.kind().to_owned()).into()),
    }
}
