//! The attempts on one account in this process: they queue, and share appends.
//!
//! Whoever comes puts down what is to be written. One of them has the turn: it decides all that is
//! there against the stream, outcomes first, because they make room, and appends it together at the
//! revision that it decided against. So several are let in by one append exactly when each of them
//! would have been let in by one of its own.

use std::{
    collections::VecDeque,
    mem,
    sync::{Mutex as Guarded, MutexGuard, PoisonError},
};

use eventlog::{AppendError, ExpectedRevision, NewFact, Revision};
use schema::{Fact, LoginAttempted, LoginDecided, StreamName, caps::DECIDE_ATTEMPTS_MAX};
use tokio::sync::{Mutex, oneshot};
use uuid::Uuid;

use super::{Admission, Attempts, TooMany};
use crate::{Commands, LogFailure, Request};

/// The attempts on one account.
#[derive(Debug, Default)]
pub(crate) struct Book {
    waiting: Guarded<Waiting>,
    /// Of those who wait to be let in, one watches the stream for all.
    pub(super) front: Mutex<()>,
    /// Whoever writes, and where the stream ended when this process last wrote to it.
    pub(super) turn: Mutex<Option<Revision>>,
}

/// What is to be written.
#[derive(Debug, Default)]
struct Waiting {
    attempts: VecDeque<Wanted>,
    outcomes: Vec<Outcome>,
}

/// Somebody who wants to be let in.
#[derive(Debug)]
struct Wanted {
    fact: LoginAttempted,
    request: Request,
    answer: oneshot::Sender<Result<(), TooMany>>,
}

/// How an attempt ended.
#[derive(Debug)]
struct Outcome {
    fact: LoginDecided,
    request: Request,
    answer: oneshot::Sender<()>,
}

/// What one append consists of. Whoever waits for it hears nothing more if it is dropped.
#[derive(Debug, Default)]
struct Batch {
    outcomes: Vec<Outcome>,
    let_in: Vec<Wanted>,
}

impl Book {
    /// Puts down that somebody wants to be let in; the answer comes with somebody's turn.
    pub(super) fn want(
        &self,
        attempt: Uuid,
        request: &Request,
    ) -> oneshot::Receiver<Result<(), TooMany>> {
        let (answer, answered) = oneshot::channel();
        let fact = LoginAttempted { attempt, at: request.at };
        self.waiting().attempts.push_back(Wanted { fact, request: request.clone(), answer });
        answered
    }

    /// Whether `attempt` was still waiting, and waits no more.
    pub(super) fn withdraw(&self, attempt: Uuid) -> bool {
        let attempts = &mut self.waiting().attempts;
        let before = attempts.len();
        attempts.retain(|wanted| wanted.fact.attempt != attempt);
        attempts.len() < before
    }

    /// Puts down how an attempt ended; the answer comes when it is on disk.
    pub(super) fn end(&self, fact: LoginDecided, request: &Request) -> oneshot::Receiver<()> {
        let (answer, answered) = oneshot::channel();
        self.waiting().outcomes.push(Outcome { fact, request: request.clone(), answer });
        answered
    }

    /// Whether somebody waits to be let in.
    fn has_attempts(&self) -> bool {
        !self.waiting().attempts.is_empty()
    }

    /// All outcomes, and those attempts that may be let in after them.
    fn batch(&self, attempts: Option<Attempts>) -> Batch {
        let mut waiting = self.waiting();
        let outcomes = mem::take(&mut waiting.outcomes);
        let Some(mut attempts) = attempts else { return Batch { outcomes, let_in: Vec::new() } };
        for outcome in &outcomes {
            attempts.decided(&outcome.fact);
        }
        let mut let_in = Vec::new();
        while let Some(wanted) = waiting.attempts.pop_front() {
            if wanted.answer.is_closed() {
                continue;
            }
            match attempts.admission(wanted.fact.at) {
                Admission::Now => {
                    attempts.let_in(&wanted.fact);
                    let_in.push(wanted);
                }
                Admission::NotBefore(until) => {
                    let _unheard = wanted.answer.send(Err(TooMany { until }));
                }
                Admission::AfterOthers => {
                    waiting.attempts.push_front(wanted);
                    break;
                }
            }
        }
        Batch { outcomes, let_in }
    }

    fn put_back(&self, batch: Batch) {
        let mut waiting = self.waiting();
        waiting.outcomes.extend(batch.outcomes);
        for wanted in batch.let_in.into_iter().rev() {
            waiting.attempts.push_front(wanted);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Batch {
    fn is_empty(&self) -> bool {
        self.outcomes.is_empty() && self.let_in.is_empty()
    }

    fn answer(self) {
        for outcome in self.outcomes {
            let _unheard = outcome.answer.send(());
        }
        for wanted in self.let_in {
            let _unheard = wanted.answer.send(Ok(()));
        }
    }
}

impl Commands {
    /// Writes what waits in `book`, as far as it may be written now. Tells where the stream ends.
    pub(super) async fn write_attempts(
        &self,
        stream: &StreamName,
        book: &Book,
        end: &mut Option<Revision>,
    ) -> Result<(), LogFailure> {
        let mut known = *end;
        for _ in 0..DECIDE_ATTEMPTS_MAX {
            let attempts = if known.is_none() || book.has_attempts() {
                let (attempts, last) = self.recent_attempts(stream).await?;
                // A stream whose facts have all expired looks empty and is not.
                known = last.or(known);
                Some(attempts)
            } else {
                None
            };
            *end = known;
            let batch = book.batch(attempts);
            if batch.is_empty() {
                return Ok(());
            }
            match self.append_batch(stream, known, &batch).await {
                Ok(last) => {
                    *end = Some(last);
                    batch.answer();
                    return Ok(());
                }
                Err(LogFailure::Append(AppendError::WrongRevision { current, .. })) => {
                    known = current;
                    book.put_back(batch);
                }
                Err(error) => {
                    *end = None;
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    async fn append_batch(
        &self,
        stream: &StreamName,
        last: Option<Revision>,
        batch: &Batch,
    ) -> Result<Revision, LogFailure> {
        let expected = last.map_or(ExpectedRevision::NoStream, ExpectedRevision::Exactly);
        if last.is_none() {
            self.let_expire(stream).await?;
        }
        let mut sealed = Vec::with_capacity(batch.outcomes.len() + batch.let_in.len());
        for Outcome { fact, request, .. } in &batch.outcomes {
            let id = request.fact_id(stream, 1);
            sealed.push(self.seal_attempt(stream, id, fact.clone().into(), request).await?);
        }
        // A random id each: two instances must not both be told that they were let in.
        for Wanted { fact, request, .. } in &batch.let_in {
            let fact = fact.clone();
            sealed.push(self.seal_attempt(stream, fact.attempt, fact.into(), request).await?);
        }
        Ok(self.append_sealed(stream, expected, sealed).await?.revision)
    }

    async fn seal_attempt(
        &self,
        stream: &StreamName,
        id: Uuid,
        fact: Fact,
        request: &Request,
    ) -> Result<NewFact, LogFailure> {
        Ok(self.vault.seal(stream, id, fact, request.metadata(&self.vault)).await?)
    }
}
