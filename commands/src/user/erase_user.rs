//! Erase an account.

use chrono::{DateTime, Utc};
use eventlog::{
    AppendError, Direction, ExpectedRevision, Filter, Position, ReadError, Revision, StreamFrom,
    StreamMetadata,
};
use schema::{ErasureCompleted, Fact, StreamName, UserErased, UserId, caps::DECIDE_ATTEMPTS_MAX};
use tracing::warn;

use super::{AmendRejected, Amended, User};
use crate::{Commands, ExecuteError, LogFailure, Request, decision::Decide, handler::Loaded};

/// Forget a person. Their id is never used again; their address can be had by others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EraseUser {
    /// Who.
    pub user: UserId,
}

impl Decide for EraseUser {
    type State = User;
    type Rejected = AmendRejected;

    fn decide(&self, user: &User, at: DateTime<Utc>) -> Result<Vec<Fact>, AmendRejected> {
        if user.exists() {
            return Ok(vec![UserErased { user: self.user, at }.into()]);
        }
        // An erasure that was interrupted is finished by the next one.
        if user.erased() && !user.erasure_completed() {
            return Ok(Vec::new());
        }
        Err(AmendRejected::NoSuchUser)
    }
}

impl Commands {
    /// Runs [`EraseUser`]. It begins with one fact, from which on there is no such account; then the
    /// person's data key goes. Where that is interrupted, the same command again finishes it.
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn erase_user(
        &self,
        command: &EraseUser,
        request: &Request,
    ) -> Result<Amended, ExecuteError<AmendRejected>> {
        let erased = self.amend(command.user, command, None, request).await?;
        self.has_erased().await;
        if let Err(failure) = self.forget(command.user, request).await {
            // For everybody else the person is gone already.
            let user = command.user.0;
            warn!(error = %failure, user, "an erasure is not complete");
        }
        Ok(erased)
    }

    /// Takes the data key of `user` away, and says so once the log holds it no more.
    async fn forget(&self, user: UserId, request: &Request) -> Result<(), LogFailure> {
        let key = StreamName::Key(user).to_string();
        let stood = self.place_of(&key).await?;
        let mut purge = StreamMetadata::default();
        purge.other.insert("purge".to_owned(), true.into());
        match self.log.set_stream_metadata(&key, ExpectedRevision::NoStream, &purge).await {
            Ok(_) | Err(AppendError::WrongRevision { .. } | AppendError::Deleted(_)) => {}
            Err(error) => return Err(error.into()),
        }
        match self.log.tombstone(&key, ExpectedRevision::Exactly(Revision(0))).await {
            Ok(_) | Err(AppendError::Deleted(_)) => {}
            Err(error) => return Err(error.into()),
        }
        self.vault.forget(user);
        if self.still_holds(&key, stood).await? {
            return Ok(());
        }
        self.complete(user, request).await
    }

    /// Where the data key stands in the log; `None` once its stream is closed.
    async fn place_of(&self, key: &str) -> Result<Option<Position>, LogFailure> {
        match self.log.read_stream(key, StreamFrom::Start, Direction::Forwards, 1).await {
            Ok(facts) => Ok(facts.first().map(|fact| fact.position)),
            Err(ReadError::Deleted(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether anything of the stream `key`, which stood at `stood`, is left in the log: a cluster
    /// keeps it until it is scavenged. Where the place is not known, all of the log is looked at.
    async fn still_holds(&self, key: &str, stood: Option<Position>) -> Result<bool, LogFailure> {
        let (filter, limit) = match stood {
            Some(_) => (Filter::None, 1),
            None => (Filter::StreamPrefixes(vec![key.to_owned()]), usize::MAX),
        };
        let found = self.log.read_all(filter, stood, Direction::Forwards, limit).await?;
        Ok(found.iter().any(|fact| fact.stream == key && !fact.data.is_empty()))
    }

    async fn complete(&self, user: UserId, request: &Request) -> Result<(), LogFailure> {
        let stream = StreamName::User(user);
        // Not under the key of whoever asked for it: that may be the one that is gone.
        let request = Request { actor: None, credential: None, ..request.clone() };
        for _ in 0..DECIDE_ATTEMPTS_MAX {
            let loaded: Loaded<User> = self.load_sealed(&stream.to_string()).await?;
            if loaded.state.erasure_completed() {
                break;
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
        Ok(())
    }
}

#[cfg(test)]
mod tests;
