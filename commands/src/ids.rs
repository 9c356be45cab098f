//! Public integer ids, reserved in blocks from the log (hi/lo): the write side needs no sequence of
//! Postgres's.

use std::{collections::HashMap, ops::Range};

use eventlog::{AppendError, Direction, ExpectedRevision, NewFact, Revision, StreamFrom};
use schema::{
    Fact, IdKind, IdsReserved, StreamName,
    caps::{DECIDE_ATTEMPTS_MAX, IDS_BLOCK},
};
use tokio::sync::Mutex;

use crate::{Commands, ExecuteError, LogFailure, Request, random};

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
        let name = StreamName::Ids(kind);
        let stream = name.to_string();
        for _ in 0..DECIDE_ATTEMPTS_MAX {
            let last =
                self.log.read_stream(&stream, StreamFrom::End, Direction::Backwards, 1).await?;
            let (first, expected) = match last.first() {
                None => (1, ExpectedRevision::NoStream),
                Some(last) => {
                    let fact =
                        Fact::read(&last.kind, &last.data).map_err(vault::VaultError::from)?;
                    (next_first(&fact), ExpectedRevision::Exactly(Revision(last.revision.0)))
                }
            };
            let fact = Fact::from(IdsReserved { first, count: IDS_BLOCK });
            match self.append_block(&name, expected, fact, request).await {
                Ok(()) => return Ok(first..first.saturating_add_unsigned(IDS_BLOCK)),
                Err(LogFailure::Append(AppendError::WrongRevision { .. })) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ExecuteError::Contended)
    }

    /// The fact's id is random: the log must not tell two racers that both hold one block.
    async fn append_block(
        &self,
        stream: &StreamName,
        expected: ExpectedRevision,
        fact: Fact,
        request: &Request,
    ) -> Result<(), LogFailure> {
        let metadata = request.metadata(&self.vault);
        let new: NewFact = self.vault.seal(stream, random::id(), fact, metadata).await?;
        let stream = stream.to_string();
        match self.log.append(&stream, expected, vec![new.clone()]).await {
            Err(AppendError::OutcomeUnknown(_)) => {
                self.log.append(&stream, expected, vec![new]).await?
            }
            outcome => outcome?,
        };
        Ok(())
    }
}

fn next_first(last: &Fact) -> i64 {
    match last {
        Fact::IdsReserved(block) => block.first.saturating_add_unsigned(block.count),
        Fact::UserRegistered(_)
        | Fact::UserLoggedIn(_)
        | Fact::ClaimTaken(_)
        | Fact::ClaimVoided(_)
        | Fact::EventCreated(_)
        | Fact::MessageSent(_)
        | Fact::DataKeyCreated(_)
        | Fact::LogFounded(_) => unreachable!("nothing else is written to a stream of ids"),
    }
}
