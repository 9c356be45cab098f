//! Attempts to prove who one is, counted in the log **before** the password is looked at.
//!
//! An attempt is let in by a fact at an exact revision, and its outcome is a fact before anybody is
//! told. So parallel guesses, on however many instances, cannot exceed the limit: each sees those
//! that were let in before it. Only wrong outcomes count. One that stays undecided has told nobody
//! anything, and soon counts no more.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex as Guarded, PoisonError, Weak},
};

use chrono::{DateTime, TimeDelta, Utc};
use eventlog::{AppendError, Direction, ExpectedRevision, Revision, StreamFrom, StreamMetadata};
use schema::{
    ClaimHash, Fact, LoginAttempted, LoginDecided, StreamName,
    caps::{
        ATTEMPT_UNDECIDED, ATTEMPT_WAIT, ATTEMPTS_KEPT, ATTEMPTS_READ, DECIDE_ATTEMPTS_MAX,
        LOGIN_DELAY_FIRST, LOGIN_DELAY_MAX, LOGIN_WRONG_MAX,
    },
};
use tokio::{sync::Mutex, time::Instant};
use uuid::Uuid;

use crate::{Commands, ExecuteError, LogFailure, Request, State, random};

/// Too many wrong passwords; whether the next one is right is not even looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooMany {
    /// The earliest time at which another attempt is let in.
    pub(crate) until: DateTime<Utc>,
}

/// An attempt that was let in, and has to be decided.
#[derive(Debug)]
pub(crate) struct Attempt {
    stream: StreamName,
    id: Uuid,
    revision: Revision,
}

/// What a stream of attempts amounts to.
#[derive(Debug, Default)]
struct Attempts {
    open: BTreeMap<Uuid, DateTime<Utc>>,
    wrong: u32,
    last_wrong: Option<DateTime<Utc>>,
}

/// Whether another attempt is let in.
#[derive(Debug, PartialEq, Eq)]
enum Admission {
    Now,
    /// Not while those that were let in are undecided.
    AfterOthers,
    NotBefore(DateTime<Utc>),
}

impl State for Attempts {
    fn evolve(&mut self, _revision: u64, fact: &Fact) {
        match fact {
            Fact::LoginAttempted(fact) => {
                self.open.insert(fact.attempt, fact.at);
            }
            Fact::LoginDecided(fact) => {
                self.open.remove(&fact.attempt);
                if fact.right {
                    self.wrong = 0;
                    self.last_wrong = None;
                } else {
                    let before = if self.remembered(fact.at).is_some() { self.wrong } else { 0 };
                    self.wrong = before.saturating_add(1);
                    self.last_wrong = Some(fact.at);
                }
            }
            Fact::UserRegistered(_)
            | Fact::UserLoggedIn(_)
            | Fact::UserProfileChanged(_)
            | Fact::UserPasswordChanged(_)
            | Fact::UserPasswordRehashed(_)
            | Fact::UserActivated(_)
            | Fact::UserDeactivated(_)
            | Fact::UserSessionsEnded(_)
            | Fact::UserClaimed(_)
            | Fact::DirectorySpellingAdded(_)
            | Fact::UserErased(_)
            | Fact::ErasureCompleted(_)
            | Fact::SessionRefreshed(_)
            | Fact::RefreshReuseDetected(_)
            | Fact::ClaimTaken(_)
            | Fact::ClaimVoided(_)
            | Fact::EventCreated(_)
            | Fact::AuditQueried(_)
            | Fact::MessageSent(_)
            | Fact::VmCreated(_)
            | Fact::VmChanged(_)
            | Fact::VmAttached(_)
            | Fact::VmStopped(_)
            | Fact::VmDeleted(_)
            | Fact::DataKeyCreated(_)
            | Fact::IdsReserved(_)
            | Fact::LogFounded(_)
            | Fact::UserRoleChanged(_)
            | Fact::AdminAdded(_)
            | Fact::AdminRemoved(_)
            | Fact::SessionEnded(_)
            | Fact::MessageRead(_) => {}
        }
    }
}

impl Attempts {
    /// The last wrong one, unless it is too long ago to matter.
    fn remembered(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.last_wrong.filter(|last| at - *last < ATTEMPTS_KEPT)
    }

    fn admission(&self, at: DateTime<Utc>) -> Admission {
        let open = self.open.values().filter(|since| at - **since < ATTEMPT_UNDECIDED).count();
        let last = self.remembered(at);
        let wrong = last.map_or(0, |_| self.wrong);
        let Some((last, beyond)) = last.zip(wrong.checked_sub(LOGIN_WRONG_MAX)) else {
            let free = LOGIN_WRONG_MAX - wrong;
            let fits = u32::try_from(open).is_ok_and(|open| open < free);
            return if fits { Admission::Now } else { Admission::AfterOthers };
        };
        let until = last + delay(beyond);
        if at < until {
            Admission::NotBefore(until)
        } else if open == 0 {
            Admission::Now
        } else {
            Admission::AfterOthers
        }
    }
}

/// The pause after the `beyond`th wrong password past the limit: twice as long each time.
fn delay(beyond: u32) -> TimeDelta {
    let factor = 2_i32.saturating_pow(beyond);
    LOGIN_DELAY_FIRST
        .checked_mul(factor)
        .map_or(LOGIN_DELAY_MAX, |delay| delay.min(LOGIN_DELAY_MAX))
}

impl Commands {
    /// Lets an attempt on the account behind `whose` in, after [`ATTEMPT_WAIT`] at the most.
    pub(crate) async fn attempt(
        &self,
        whose: &ClaimHash,
        request: &Request,
    ) -> Result<Attempt, ExecuteError<TooMany>> {
        let deadline = Instant::now() + ATTEMPT_WAIT;
        // Attempts of one account go one after the other here, so that they race with those of
        // other instances only.
        let queue = self.queues.of(whose);
        let Ok(_turn) = tokio::time::timeout_at(deadline, queue.lock()).await else {
            return Err(ExecuteError::Busy);
        };
        let stream = StreamName::Attempts(whose.clone());
        let mut expired = None;
        loop {
            let (attempts, last) = self.recent_attempts(&stream).await?;
            match attempts.admission(request.at) {
                Admission::NotBefore(until) => {
                    return Err(ExecuteError::Rejected(TooMany { until }));
                }
                Admission::AfterOthers => {
                    if !self.moved(&stream.to_string(), last, deadline).await {
                        return Err(ExecuteError::Busy);
                    }
                    continue;
                }
                Admission::Now => {}
            }
            match self.let_in(&stream, last.or(expired), request).await {
                Ok(attempt) => return Ok(attempt),
                // A stream whose facts have all expired looks empty and is not.
                Err(LogFailure::Append(AppendError::WrongRevision { current, .. })) => {
                    expired = current;
                }
                Err(error) => return Err(error.into()),
            }
            if Instant::now() >= deadline {
                return Err(ExecuteError::Busy);
            }
        }
    }

    async fn recent_attempts(
        &self,
        stream: &StreamName,
    ) -> Result<(Attempts, Option<Revision>), LogFailure> {
        let name = stream.to_string();
        let read =
            self.log.read_stream(&name, StreamFrom::End, Direction::Backwards, ATTEMPTS_READ);
        let facts = read.await?;
        let mut attempts = Attempts::default();
        for stored in facts.iter().rev() {
            let fact = Fact::read(&stored.kind, &stored.data).map_err(vault::VaultError::from)?;
            attempts.evolve(stored.revision.0, &fact);
        }
        Ok((attempts, facts.first().map(|last| last.revision)))
    }

    /// The fact has a random id: two instances must not both be told that they were let in.
    async fn let_in(
        &self,
        stream: &StreamName,
        last: Option<Revision>,
        request: &Request,
    ) -> Result<Attempt, LogFailure> {
        let expected = last.map_or(ExpectedRevision::NoStream, ExpectedRevision::Exactly);
        if last.is_none() {
            self.let_expire(stream).await?;
        }
        let id = random::id();
        let fact = LoginAttempted { attempt: id, at: request.at };
        let metadata = request.metadata(&self.vault);
        let sealed = self.vault.seal(stream, id, fact.into(), metadata).await?;
        let appended = self.append_sealed(stream, expected, vec![sealed]).await?;
        Ok(Attempt { stream: stream.clone(), id, revision: appended.revision })
    }

    /// Attempts need not be remembered for ever, and say who tried to get in where.
    async fn let_expire(&self, stream: &StreamName) -> Result<(), AppendError> {
        let mut kept =
            StreamMetadata { max_age: ATTEMPTS_KEPT.to_std().ok(), ..Default::default() };
        kept.other.insert("purge".to_owned(), true.into());
        let stream = stream.to_string();
        match self.log.set_stream_metadata(&stream, ExpectedRevision::NoStream, &kept).await {
            Ok(_) | Err(AppendError::WrongRevision { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Writes how `attempt` ended. Until then nobody may be told.
    pub(crate) async fn decided<R>(
        &self,
        attempt: Attempt,
        right: bool,
        request: &Request,
    ) -> Result<(), ExecuteError<R>> {
        let fact = Fact::from(LoginDecided { attempt: attempt.id, right, at: request.at });
        let id = request.fact_id(&attempt.stream, 1);
        let metadata = request.metadata(&self.vault);
        let sealed = self.vault.seal(&attempt.stream, id, fact, metadata).await?;
        let mut revision = attempt.revision;
        for _ in 0..DECIDE_ATTEMPTS_MAX {
            let expected = ExpectedRevision::Exactly(revision);
            match self.append_sealed(&attempt.stream, expected, vec![sealed.clone()]).await {
                Err(AppendError::WrongRevision { current: Some(current), .. }) => {
                    revision = current;
                }
                outcome => return Ok(outcome.map(drop)?),
            }
        }
        Err(ExecuteError::Contended)
    }
}

/// Who waits for a turn on which account, in this process.
#[derive(Debug, Default)]
pub(crate) struct Queues(Guarded<HashMap<ClaimHash, Weak<Mutex<()>>>>);

impl Queues {
    pub(crate) fn of(&self, whose: &ClaimHash) -> Arc<Mutex<()>> {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = queues.get(whose).and_then(Weak::upgrade) {
            return queue;
        }
        // Those that nobody waits in any more are swept out when the map would have to grow.
        if queues.len() == queues.capacity() {
            queues.retain(|_, queue| queue.strong_count() > 0);
        }
        let queue = Arc::default();
        queues.insert(whose.clone(), Arc::downgrade(&queue));
        queue
    }
}

#[cfg(test)]
mod tests;
