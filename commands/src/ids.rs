//! Public integer ids, reserved in blocks from the log (hi/lo): the write side needs no sequence of
//! Postgres's.

use std::{collections::HashMap, ops::Range};

use eventlog::{AppendError, Direction, ExpectedRevision, Fact as Stored, StreamFrom};
use schema::{
    Fact, FactError, IdKind, IdsReserved, StreamName,
    caps::{DECIDE_ATTEMPTS_MAX, IDS_BLOCK},
};
use tokio::sync::Mutex;
use vault::VaultError;

use crate::{Commands, ExecuteError, Request, journal::Entry, random};

/// What is left of the blocks that this process has reserved.
#[derive(Debug, Default)]
pub(crate) struct Ids(Mutex<HashMap<IdKind, Range<i64>>>);

impl Commands {
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
            let last =
                self.log.read_stream(&name, StreamFrom::End, Direction::Backwards, 1).await?;
            let (first, expected) = match last.first() {
                None => (1, ExpectedRevision::NoStream),
                Some(last) => (after(last)?, ExpectedRevision::Exactly(last.revision)),
            };
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

/// The first id after the block that `last` reserved.
fn after(last: &Stored) -> Result<i64, VaultError> {
    match Fact::read(&last.kind, &last.data)? {
        Fact::IdsReserved(block) => Ok(block.first.saturating_add_unsigned(block.count)),
        other => Err(FactError::Unknown(other.kind().to_owned()).into()),
    }
}
