//! Who asks, when, and from where.

use chrono::{DateTime, Utc};
use schema::{Metadata, Origin, Personal, SessionId, StreamName, UserId};
use uuid::Uuid;
use vault::Vault;

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
    /// Where it came from.
    pub origin: Origin,
}

impl Request {
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
        Metadata {
            schema: METADATA_SCHEMA,
            actor: self.actor,
            credential: self.credential,
            correlation: self.id,
            causation: self.id,
            at: self.at,
            personal: self.actor.map(|_| Personal::Clear(self.origin.clone())),
            origin_hash,
        }
    }

    /// The same request, for its `number`th try. A later one must not be taken for the one before it:
    /// the log would answer an append that counts no more with success.
    pub(crate) fn again(&self, number: u32) -> Self {
        let id = match number {
            0 => self.id,
            later => Uuid::new_v5(&self.id, &later.to_be_bytes()),
        };
        Self { id, ..self.clone() }
    }

    /// The same request, once it is known who makes it.
    #[must_use]
    pub fn acting_as(&self, user: UserId, session: SessionId) -> Self {
        Self { actor: Some(user), credential: Some(session), ..self.clone() }
    }
}
