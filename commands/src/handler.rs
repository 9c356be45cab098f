//! Load, fold, append: the I/O that every command shares.

use std::{sync::Arc, time::Instant};

use eventlog::{
    AppendError, Appended, Direction, EventLog, ExpectedRevision, Fact as Stored, NewFact,
    Position, ReadError, Revision, StreamFrom,
};
use schema::{
    Fact, StreamName,
    caps::{LOG_PAGE, LOG_REPEAT_WITHIN},
};
use tokio::sync::{Mutex, Notify};
use vault::Vault;

use crate::{
    Journal, LogFailure, Request, State,
    attempts::Book,
    ids::Ids,
    password::{HashPool, Hasher},
    queues::Queues,
};

/// The write side. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Commands {
    pub(crate) log: EventLog,
    pub(crate) vault: Vault,
    pub(crate) ids: Arc<Ids>,
    pub(crate) hasher: Arc<Hasher>,
    pub(crate) attempts: Arc<Queues<Book>>,
    /// Those who ask the directory for one address.
    pub(crate) directory: Arc<Queues<Mutex<()>>>,
    pub(crate) journal: Option<Journal>,
    pub(crate) unfinished: Arc<Notify>,
    #[cfg(test)]
    pub(crate) pauses: crate::testing::Pauses,
}

/// A stream, folded to its end.
#[derive(Debug, Default)]
pub(crate) struct Loaded<S> {
    pub(crate) state: S,
    /// `None` for a stream without facts.
    pub(crate) revision: Option<Revision>,
    /// Where its last fact stands in the log.
    pub(crate) position: Option<Position>,
    /// Whether the request that it was loaded for has written to it before; then it was folded up
    /// to there and no further.
    pub(crate) done: bool,
}

impl<S: State> Loaded<S> {
    /// What callers compare to know whether it has changed.
    pub(crate) fn tag(&self) -> Option<Revision> {
        self.state.shown_since().map(Revision).or(self.revision)
    }
}

impl<S> Loaded<S> {
    /// What an append must expect so that nothing has come in between.
    pub(crate) fn expected(&self) -> ExpectedRevision {
        self.revision.map_or(ExpectedRevision::NoStream, ExpectedRevision::Exactly)
    }
}

impl Commands {
    /// The write side over `log`, with personal data sealed by `vault`.
    #[must_use]
    pub fn new(log: EventLog, vault: Vault) -> Self {
        Self {
            log,
            vault,
            ids: Arc::default(),
            hasher: Arc::new(Hasher::start()),
            attempts: Arc::default(),
            directory: Arc::default(),
            journal: None,
            unfinished: Arc::default(),
            #[cfg(test)]
            pauses: crate::testing::Pauses::default(),
        }
    }

    /// The same, which notes in `journal` what must outlive the log.
    #[must_use]
    pub fn noting_in(self, journal: Journal) -> Self {
        Self { journal: Some(journal), ..self }
    }

    /// How busy the hashing of passwords is.
    #[must_use]
    pub fn hash_pool(&self) -> HashPool {
        self.hasher.pool()
    }

    /// Folds a stream with its personal data opened.
    pub(crate) async fn load_opened<S: State>(
        &self,
        stream: &StreamName,
    ) -> Result<Loaded<S>, LogFailure> {
        let mut loaded = Loaded::default();
        for stored in self.read(&stream.to_string()).await? {
            let opened = self.vault.open(&stored).await?;
            loaded.take(&stored, &opened.fact);
        }
        Ok(loaded)
    }

    /// Folds a stream whose personal data does not matter.
    pub(crate) async fn load_sealed<S: State>(
        &self,
        stream: &str,
    ) -> Result<Loaded<S>, LogFailure> {
        let mut loaded = Loaded::default();
        for stored in self.read(stream).await? {
            let fact = Fact::read(&stored.kind, &stored.data).map_err(vault::VaultError::from)?;
            loaded.take(&stored, &fact);
        }
        Ok(loaded)
    }

    /// The same for `request`, which may have been sent before.
    pub(crate) async fn load_opened_for<S: State>(
        &self,
        stream: &StreamName,
        request: &Request,
    ) -> Result<Loaded<S>, LogFailure> {
        let (facts, done) = self.read_for(stream, request).await?;
        let mut loaded = Loaded { done, ..Loaded::default() };
        for stored in facts {
            let opened = self.vault.open(&stored).await?;
            loaded.take(&stored, &opened.fact);
        }
        Ok(loaded)
    }

    /// The same where personal data does not matter.
    pub(crate) async fn load_sealed_for<S: State>(
        &self,
        stream: &StreamName,
        request: &Request,
    ) -> Result<Loaded<S>, LogFailure> {
        let (facts, done) = self.read_for(stream, request).await?;
        let mut loaded = Loaded { done, ..Loaded::default() };
        for stored in facts {
            let fact = Fact::read(&stored.kind, &stored.data).map_err(vault::VaultError::from)?;
            loaded.take(&stored, &fact);
        }
        Ok(loaded)
    }

    /// The facts of `stream` up to those of `request`, if it has written some before; else all.
    async fn read_for(
        &self,
        stream: &StreamName,
        request: &Request,
    ) -> Result<(Vec<Stored>, bool), ReadError> {
        let mut facts = self.read(&stream.to_string()).await?;
        let end = request.end_among(stream, &facts);
        facts.truncate(end.unwrap_or(facts.len()));
        Ok((facts, end.is_some()))
    }

    /// The facts of `stream`.
    pub(crate) async fn read(&self, stream: &str) -> Result<Vec<Stored>, ReadError> {
        let mut facts = Vec::new();
        let mut from = StreamFrom::Start;
        loop {
            let page = self.log.read_stream(stream, from, Direction::Forwards, LOG_PAGE).await?;
            let more = page.len() == LOG_PAGE;
            facts.extend(page);
            match facts.last() {
                Some(last) if more => from = StreamFrom::Revision(Revision(last.revision.0 + 1)),
                Some(_) | None => return Ok(facts),
            }
        }
    }

    /// Appends `facts`, sealed, under ids that follow from the request.
    pub(crate) async fn append(
        &self,
        stream: &StreamName,
        expected: ExpectedRevision,
        facts: Vec<Fact>,
        request: &Request,
    ) -> Result<Appended, LogFailure> {
        let mut sealed = Vec::with_capacity(facts.len());
        for (index, fact) in facts.into_iter().enumerate() {
            let metadata = request.metadata(&self.vault);
            let id = request.fact_id(stream, index);
            sealed.push(self.vault.seal(stream, id, fact, metadata).await?);
        }
        Ok(self.append_sealed(stream, expected, sealed).await?)
    }

    /// Appends what has been sealed. Where the answer was lost soon the append is repeated once: the
    /// same ids at the same exact revision are written once.
    pub(crate) async fn append_sealed(
        &self,
        stream: &StreamName,
        expected: ExpectedRevision,
        sealed: Vec<NewFact>,
    ) -> Result<Appended, AppendError> {
        let stream = stream.to_string();
        let began = Instant::now();
        let appended = match self.log.append(&stream, expected, sealed.clone()).await {
            Err(AppendError::OutcomeUnknown(_)) if began.elapsed() < LOG_REPEAT_WITHIN => {
                self.log.append(&stream, expected, sealed).await
            }
            outcome => outcome,
        };
        metrics::histogram!("registre_append_seconds").record(began.elapsed());
        appended
    }

    /// Appends what was decided on `loaded`. Where nothing is left to do, it has been done before:
    /// that is where it stands.
    pub(crate) async fn settle<S>(
        &self,
        stream: &StreamName,
        loaded: &Loaded<S>,
        facts: Vec<Fact>,
        request: &Request,
    ) -> Result<Position, LogFailure> {
        match loaded.position {
            Some(position) if facts.is_empty() => Ok(position),
            Some(_) | None => {
                let appended = self.append(stream, loaded.expected(), facts, request).await?;
                Ok(appended.position)
            }
        }
    }
}

impl<S: State> Loaded<S> {
    fn take(&mut self, stored: &Stored, fact: &Fact) {
        self.state.evolve(stored.revision.0, fact);
        self.revision = Some(stored.revision);
        self.position = Some(stored.position);
    }
}
