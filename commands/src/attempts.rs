//! Attempts to prove who one is, counted in the log **before** the password is looked at.
//!
//! An attempt is let in by a fact at an exact revision, and its outcome is a fact before anybody is
//! told. So parallel guesses, on however many instances, cannot exceed the limit: each sees those
//! that were let in before it. Only wrong outcomes count. One that stays undecided has told nobody
//! anything, and soon counts no more.

mod book;

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use eventlog::{AppendError, Direction, ExpectedRevision, Revision, StreamFrom, StreamMetadata};
use schema::{
    AttemptFact, ClaimHash, Fact, LoginAttempted, LoginDecided, StreamName,
    caps::{
        ATTEMPT_DECIDED_WITHIN, ATTEMPT_UNDECIDED, ATTEMPT_WAIT, ATTEMPTS_KEPT, ATTEMPTS_READ,
        LOGIN_DELAY_FIRST, LOGIN_DELAY_MAX, LOGIN_WRONG_MAX,
    },
};
use tokio::{
    sync::oneshot::{self, error::RecvError},
    time::{Instant, timeout_at},
};
use uuid::Uuid;

pub(crate) use self::book::Book;
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
    since: Instant,
    stream: StreamName,
    book: Arc<Book>,
    id: Uuid,
}

/// What a stream of attempts amounts to.
#[derive(Clone, Debug, Default)]
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
        let Fact::Attempt(fact) = fact else { return };
        match fact {
            AttemptFact::LoginAttempted(fact) => self.let_in(fact),
            AttemptFact::LoginDecided(fact) => self.decided(fact),
        }
    }
}

impl Attempts {
    fn let_in(&mut self, fact: &LoginAttempted) {
        self.open.insert(fact.attempt, fact.at);
    }

    fn decided(&mut self, fact: &LoginDecided) {
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
        let since = Instant::now();
        let deadline = since + ATTEMPT_WAIT;
        let attempt = Attempt {
            since,
            stream: StreamName::Attempts(whose.clone()),
            book: self.attempts.of(whose),
            id: random::id(),
        };
        let answered = attempt.book.want(attempt.id, request);
        self.until_let_in(&attempt, answered, deadline).await?;
        Ok(attempt)
    }

    async fn until_let_in(
        &self,
        attempt: &Attempt,
        mut answered: oneshot::Receiver<Result<(), TooMany>>,
        deadline: Instant,
    ) -> Result<(), ExecuteError<TooMany>> {
        let Attempt { stream, book, id, since: _ } = attempt;
        let front = tokio::select! {
            biased;
            answer = &mut answered => return told(answer),
            front = timeout_at(deadline, book.front.lock()) => front,
        };
        while front.is_ok() {
            let Ok(mut turn) = timeout_at(deadline, book.turn.lock()).await else { break };
            if let Err(failure) = self.write_attempts(stream, book, &mut turn).await {
                book.withdraw(*id);
                return Err(failure.into());
            }
            let end = *turn;
            drop(turn);
            let name = stream.to_string();
            let moved = tokio::select! {
                biased;
                answer = &mut answered => return told(answer),
                moved = self.moved(&name, end, deadline) => moved,
            };
            if !moved {
                break;
            }
        }
        // Where it is being written at this moment, its answer is about to come.
        if book.withdraw(*id) { Err(ExecuteError::Busy) } else { told(answered.await) }
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

    /// Writes how `attempt` ended. Until then nobody may be told, nor where it has taken so long that
    /// the attempt may soon count no more: others would be let in beside it.
    pub(crate) async fn decided<R>(
        &self,
        attempt: Attempt,
        right: bool,
        request: &Request,
    ) -> Result<(), ExecuteError<R>> {
        let Attempt { since, stream, book, id } = attempt;
        if since.elapsed() > ATTEMPT_DECIDED_WITHIN {
            return Err(ExecuteError::Busy);
        }
        let mut written = book.end(LoginDecided { attempt: id, right, at: request.at }, request);
        tokio::select! {
            biased;
            written = &mut written => return written.map_err(|_| ExecuteError::Contended),
            mut turn = book.turn.lock() => self.write_attempts(&stream, &book, &mut turn).await?,
        }
        written.try_recv().map_err(|_| ExecuteError::Contended)
    }
}

/// The answer to somebody who wants to be let in; none comes where the append has failed for whoever
/// had the turn.
fn told(answer: Result<Result<(), TooMany>, RecvError>) -> Result<(), ExecuteError<TooMany>> {
    answer.map_err(|_| ExecuteError::Contended)?.map_err(ExecuteError::Rejected)
}

#[cfg(test)]
mod tests;
