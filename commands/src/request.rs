//! Who asks, when, and from where.

mod accept;

use chrono::{DateTime, Utc};
use eventlog::{Fact as Stored, Revision};
use schema::{ApiKeyId, CredentialId, Metadata, Origin, Personal, SessionId, StreamName, UserId};
use uuid::Uuid;
use vault::Vault;

pub use self::accept::{KeyReused, Sent};
use crate::{ExecuteError, State, handler::Loaded};

/// Version of the metadata that this release writes.
pub(crate) const METADATA_SCHEMA: u32 = 1;

/// One request, as far as the log remembers it.
#[derive(Clone, Debug)]
pub struct Request {
    /// Random per request. The ids of its facts follow from it, so that a repeated append is
    /// recognised.
    pub id: Uuid,
    /// When it was accepted.
    pub at: DateTime<Utc>,
    /// The authenticated caller.
    pub actor: Option<UserId>,
    /// The session by which they are authenticated.
    pub credential: Option<SessionId>,
    /// The API key by which a program is.
    pub key: Option<ApiKeyId>,
    /// Where it came from.
    pub origin: Origin,
    /// What is kept for it, where it may be sent again.
    pub kept: Option<Kept>,
    /// Which states of what it changes the caller has seen, where that matters.
    pub seen: Seen,
}

/// What is kept for a request that may be sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The public id of what it makes.
    pub(crate) id: Option<i64>,
}

/// Which states of what a request changes the caller has seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Seen {
    /// Whatever it is, it is to be changed.
    #[default]
    Any,
    /// One of these; none where no revision was named.
    Revisions(Vec<u64>),
}

impl Request {
    /// A request of nobody's in particular, which is sent once.
    #[must_use]
    pub fn new(id: Uuid, at: DateTime<Utc>, origin: Origin) -> Self {
        let (actor, credential, key) = (None, None, None);
        Self { id, at, actor, credential, key, origin, kept: None, seen: Seen::Any }
    }

    /// Where the facts of this request end among `facts`, all of `stream`; `None` where there are
    /// none, or it is not one that may be sent again.
    pub(crate) fn end_among(&self, stream: &StreamName, facts: &[Stored]) -> Option<usize> {
        self.kept.as_ref()?;
        let id = |index| self.fact_id(stream, index);
        let first = facts.iter().position(|fact| fact.id == id(0))?;
        let own = (0..).zip(&facts[first..]).take_while(|(index, fact)| fact.id == id(*index));
        Some(first + own.count())
    }

    /// Refuses where the caller has seen another state than the one that was loaded.
    pub(crate) fn see<S: State, R>(&self, loaded: &Loaded<S>) -> Result<(), ExecuteError<R>> {
        match &self.seen {
            Seen::Any => Ok(()),
            Seen::Revisions(seen) => {
                let tag = loaded.tag().map(|Revision(revision)| revision);
                let known = tag.is_some_and(|tag| seen.contains(&tag));
                if known { Ok(()) } else { Err(ExecuteError::Moved) }
            }
        }
    }

    /// The id of this request's `index`th fact in `stream`. Never from business values alone: the
    /// log compares ids, and two racers with the same values would both be told that they won.
    pub(crate) fn fact_id(&self, stream: &StreamName, index: usize) -> Uuid {
        Uuid::new_v5(&self.id, format!("{stream}\n{index}").as_bytes())
    }

    pub(crate) fn metadata(&self, vault: &Vault) -> Metadata {
        let origin_hash = match (self.actor, &self.origin.ip) {
            (None, Some(ip)) => Some(vault.origin_hash(ip)),
            (None, None) | (Some(_), _) => None,
        };
        let session = self.credential.map(CredentialId::from);
        Metadata {
            schema: METADATA_SCHEMA,
            actor: self.actor,
            credential: session.or(self.key.map(CredentialId::from)),
            correlation: self.id,
            causation: self.id,
            at: self.at,
            personal: self.actor.map(|_| Personal::Clear(self.origin.clone())),
            origin_hash,
        }
    }

    /// The same request, for its `number`th try. A later one must not be taken for the one before it:
    /// the log would answer an append that counts no more with success. Where something is kept for
    /// it, each try goes on with the same, and looks before it writes.
    pub(crate) fn again(&self, number: u32) -> Self {
        let id = match (number, &self.kept) {
            (0, _) | (_, Some(_)) => self.id,
            (later, None) => Uuid::new_v5(&self.id, &later.to_be_bytes()),
        };
        Self { id, ..self.clone() }
    }

    /// The same request, made by a program that has `key`.
    #[must_use]
    pub fn by_key(&self, key: ApiKeyId) -> Self {
        Self { key: Some(key), ..self.clone() }
    }

    /// The same request, once it is known who makes it.
    #[must_use]
    pub fn acting_as(&self, user: UserId, session: SessionId) -> Self {
        Self { actor: Some(user), credential: Some(session), ..self.clone() }
    }
}

#[cfg(test)]
mod tests;
