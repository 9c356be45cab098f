//! Load, fold, append: the I/O that every command shares.

use std::sync::Arc;

use eventlog::{
    AppendError, Appended, Direction, EventLog, ExpectedRevision, Fact as Stored, ReadError,
    Revision, StreamFrom,
};
use schema::{Fact, StreamName, caps::LOG_PAGE};
use vault::Vault;

use crate::{LogFailure, Request, State, ids::Ids, password::Hasher};

/// The write side. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Commands {
    pub(crate) log: EventLog,
    pub(crate) vault: Vault,
    pub(crate) ids: Arc<Ids>,
    pub(crate) hasher: Arc<Hasher>,
}

/// A stream, folded to its end.
#[derive(Debug, Default)]
pub(crate) struct Loaded<S> {
    pub(crate) state: S,
    /// `None` for a stream without facts.
    pub(crate) revision: Option<Revision>,
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
        Self { log, vault, ids: Arc::default(), hasher: Arc::new(Hasher::start()) }
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

    async fn read(&self, stream: &str) -> Result<Vec<Stored>, ReadError> {
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

    /// Appends `facts`, sealed. Where the answer was lost the append is repeated once: the same ids
    /// at the same exact revision are written once.
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
        let stream = stream.to_string();
        match self.log.append(&stream, expected, sealed.clone()).await {
            Err(AppendError::OutcomeUnknown(_)) => {
                Ok(self.log.append(&stream, expected, sealed).await?)
            }
            outcome => Ok(outcome?),
        }
    }
}

impl<S: State> Loaded<S> {
    fn take(&mut self, stored: &Stored, fact: &Fact) {
        self.state.evolve(stored.revision.0, fact);
        self.revision = Some(stored.revision);
    }
}
