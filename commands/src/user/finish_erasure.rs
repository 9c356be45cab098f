//! What follows the fact that erases an account: the journal, then the data key, then the fact that
//! nothing is left. Each step may be the last, and the same again goes on.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use eventlog::{
    AppendError, Direction, ExpectedRevision, Filter, Position, ReadError, StreamFrom,
    StreamMetadata,
};
use schema::{ErasureCompleted, Fact, StreamName, UserFact, UserId, caps::DECIDE_ATTEMPTS_MAX};
use vault::VaultError;

use super::User;
use crate::{Commands, ExecuteError, LogFailure, Request, handler::Loaded, journal::Entry};

/// What an erasure waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erasure {
    /// Nothing: all that named the person is gone from the log.
    Completed,
    /// The data key is closed for good, and a cluster keeps its bytes until it is scavenged.
    WaitsForScavenge,
    /// The data key is there still.
    WaitsForKey,
}

/// An erasure that is not complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// Who.
    pub user: UserId,
    /// When it began.
    pub since: DateTime<Utc>,
    /// What it waits for.
    pub waits_for: Erasure,
}

/// Types of the facts by which erasures begin and end, up to their versions.
const KINDS: [&str; 2] = ["user-erased.", "erasure-completed."];

impl Commands {
    /// Finishes the erasure of `user`, who has been erased: from the journal on.
    ///
    /// # Errors
    ///
    /// [`ExecuteError`], never a refusal.
    pub async fn finish_erasure<R>(
        &self,
        user: UserId,
        request: &Request,
    ) -> Result<Erasure, ExecuteError<R>> {
        self.note(Entry::Erased(user)).await?;
        self.has_journalled().await;
        let key = StreamName::Key(user).to_string();
        let stood = self.places_of(&key).await?;
        self.close(&key).await?;
        self.vault.forget(user);
        self.has_closed_the_key().await;
        if self.still_holds(&key, stood).await? {
            return Ok(Erasure::WaitsForScavenge);
        }
        self.complete(user, request).await?;
        Ok(Erasure::Completed)
    }

    /// Forgets the data key of `user`, if `stored`, of their stream, erases them: another process may
    /// have taken it out of the log.
    pub fn forget_if_erased(&self, user: UserId, stored: &eventlog::Fact) {
        if stored.kind.starts_with(KINDS[0]) {
            self.vault.forget(user);
        }
    }

    /// Waits until a command of this process has left an erasure unfinished.
    pub async fn left_unfinished(&self) {
        self.unfinished.notified().await;
    }

    /// The erasures that are not complete, the oldest first.
    ///
    /// # Errors
    ///
    /// [`LogFailure`].
    pub async fn unfinished_erasures(&self) -> Result<Vec<Unfinished>, LogFailure> {
        let kinds = KINDS.iter().map(|&kind| kind.to_owned()).collect();
        let filter = Filter::KindPrefixes(kinds);
        let facts = self.log.read_all(filter, None, Direction::Forwards, usize::MAX).await?;
        let mut begun = BTreeMap::new();
        for stored in facts {
            match Fact::read(&stored.kind, &stored.data).map_err(VaultError::from)? {
                Fact::User(UserFact::UserErased(fact)) => {
                    begun.insert(fact.user, fact.at);
                }
                Fact::User(UserFact::ErasureCompleted(fact)) => {
                    begun.remove(&fact.user);
                }
                other => return Err(VaultError::Fact(unknown(&other)).into()),
            }
        }
        let mut unfinished = Vec::with_capacity(begun.len());
        for (user, since) in begun {
            let closed = self.places_of(&StreamName::Key(user).to_string()).await?.is_none();
            let waits_for = if closed { Erasure::WaitsForScavenge } else { Erasure::WaitsForKey };
            unfinished.push(Unfinished { user, since, waits_for });
        }
        unfinished.sort_by_key(|erasure| erasure.since);
        Ok(unfinished)
    }

    /// Writes `entry` into the journal, where there is one.
    pub(crate) async fn note(&self, entry: Entry) -> Result<(), LogFailure> {
        match &self.journal {
            Some(journal) => Ok(journal.write(entry).await?),
            None => Ok(()),
        }
    }

    /// Ends the stream `key` for good; the log is told to leave nothing of its payloads.
    async fn close<R>(&self, key: &str) -> Result<(), ExecuteError<R>> {
        let mut purge = StreamMetadata::default();
        purge.other.insert("purge".to_owned(), true.into());
        match self.log.set_stream_metadata(key, ExpectedRevision::NoStream, &purge).await {
            Ok(_) | Err(AppendError::WrongRevision { .. } | AppendError::Deleted(_)) => {}
            Err(error) => return Err(error.into()),
        }
        for _ in 0..DECIDE_ATTEMPTS_MAX {
            let last = self.log.read_stream(key, StreamFrom::End, Direction::Backwards, 1).await;
            let expected = match last {
                Ok(facts) => facts.first().map_or(ExpectedRevision::NoStream, |last| {
                    ExpectedRevision::Exactly(last.revision)
                }),
                Err(ReadError::Deleted(_)) => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            match self.log.tombstone(key, expected).await {
                Ok(_) | Err(AppendError::Deleted(_)) => return Ok(()),
                // Somebody has wrapped the key anew meanwhile, or has made it only now.
                Err(AppendError::WrongRevision { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ExecuteError::Contended)
    }

    /// Where the facts of the stream `key` stand in the log; `None` once it is closed.
    async fn places_of(&self, key: &str) -> Result<Option<Vec<Position>>, LogFailure> {
        let read = self.log.read_stream(key, StreamFrom::Start, Direction::Forwards, usize::MAX);
        match read.await {
            Ok(facts) => Ok(Some(facts.iter().map(|fact| fact.position).collect())),
            Err(ReadError::Deleted(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether anything of the stream `key`, whose facts stood at `places`, is left in the log: a
    /// cluster keeps it until it is scavenged. Where the places are not known, all of the log is
    /// looked at.
    async fn still_holds(
        &self,
        key: &str,
        places: Option<Vec<Position>>,
    ) -> Result<bool, LogFailure> {
        let of_key = |fact: &eventlog::Fact| fact.stream == key && !fact.data.is_empty();
        let Some(places) = places else {
            let filter = Filter::StreamPrefixes(vec![key.to_owned()]);
            let found = self.log.read_all(filter, None, Direction::Forwards, usize::MAX).await?;
            return Ok(found.iter().any(of_key));
        };
        for place in places {
            let found =
                self.log.read_all(Filter::None, Some(place), Direction::Forwards, 1).await?;
            if found.iter().any(of_key) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn complete<R>(&self, user: UserId, request: &Request) -> Result<(), ExecuteError<R>> {
        let stream = StreamName::User(user);
        // Not under the key of whoever asked for it: that may be the one that is gone.
        let request = Request { actor: None, credential: None, ..request.clone() };
        for _ in 0..DECIDE_ATTEMPTS_MAX {
            let loaded: Loaded<User> = self.load_sealed(&stream.to_string()).await?;
            if loaded.state.erasure_completed() {
                return Ok(());
            }
            let fact = Fact::from(ErasureCompleted { user, at: request.at });
            // Another one than that of the fact that began the erasure.
            let id = request.fact_id(&stream, 1);
            let sealed = self.vault.seal(&stream, id, fact, request.metadata(&self.vault)).await?;
            match self.append_sealed(&stream, loaded.expected(), vec![sealed]).await {
                Err(AppendError::WrongRevision { .. }) => {}
                outcome => return Ok(outcome.map(drop)?),
            }
        }
        Err(ExecuteError::Contended)
    }
}

/// The log has shown a fact of another type than it was asked for.
fn unknown(fact: &Fact) -> schema::FactError {
    schema::FactError::Unknown(fact.kind().to_owned())
}
