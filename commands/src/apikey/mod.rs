//! API keys: with them a program proves that it may do a few things, and nothing else.
//!
//! A key's text is shown once and stands nowhere; the log holds a keyed hash of it. It is looked up
//! in the log each time it is sent, so a revocation counts everywhere with the next request.

mod issue;
mod revoke;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use eventlog::ExpectedRevision;
use schema::{
    ApiKeyFact, ApiKeyId, ApiKeyIssued, ApiKeySeen, Fact, Scope, StreamName, caps::SEEN_EVERY,
};
use tracing::debug;
use uuid::Uuid;

pub use self::{
    issue::{IssueApiKey, IssueApiKeyRejected, Issued},
    revoke::{RevokeApiKey, RevokeApiKeyRejected},
};
use crate::{Commands, LogFailure, Request, State, handler::Loaded};

/// How the text of a key begins, so that whoever finds one lying about knows what it is.
const PREFIX: &str = "registre";

/// A key, as its own stream tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ApiKey {
    issued: Option<ApiKeyIssued>,
    /// The revision at which it changed last for others.
    changed: u64,
    revoked: bool,
    seen_at: Option<DateTime<Utc>>,
}

/// Whoever has a key that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyHolder {
    /// Which key.
    pub key: ApiKeyId,
    /// What it opens.
    pub scopes: BTreeSet<Scope>,
    /// When it opens nothing any more; none for never.
    pub expires_at: Option<DateTime<Utc>>,
}

impl ApiKey {
    /// What was issued, as long as it counts.
    fn living(&self, at: DateTime<Utc>) -> Option<&ApiKeyIssued> {
        let issued = self.issued.as_ref().filter(|_| !self.revoked)?;
        issued.expires_at.is_none_or(|expires_at| at < expires_at).then_some(issued)
    }

    fn unseen(&self, at: DateTime<Utc>) -> bool {
        self.seen_at.is_none_or(|seen_at| at - seen_at >= SEEN_EVERY)
    }
}

impl State for ApiKey {
    /// That it is used changes nothing that its issuer decides on.
    fn shown_since(&self) -> Option<u64> {
        Some(self.changed)
    }

    fn evolve(&mut self, revision: u64, fact: &Fact) {
        let Fact::ApiKey(fact) = fact else { return };
        match fact {
            ApiKeyFact::ApiKeyIssued(fact) => {
                self.changed = revision;
                self.issued = Some(fact.clone());
            }
            ApiKeyFact::ApiKeySeen(fact) => self.seen_at = Some(fact.at),
            ApiKeyFact::ApiKeyRevoked(_) => {
                self.changed = revision;
                self.revoked = true;
            }
        }
    }
}

/// How the text of `key` begins; what comes after it proves that somebody has it.
#[must_use]
pub fn prefix(key: ApiKeyId) -> String {
    format!("{PREFIX}_{}_", key.0.simple())
}

/// Whether `text` means to be a key, whatever it opens.
#[must_use]
pub fn is_key(text: &str) -> bool {
    named(text).is_some()
}

/// The key that `text` names.
fn named(text: &str) -> Option<ApiKeyId> {
    let mut parts = text.splitn(3, '_');
    let (prefix, id, _secret) = (parts.next()?, parts.next()?, parts.next()?);
    let id = Uuid::try_parse(id).ok().filter(|_| prefix == PREFIX)?;
    Some(ApiKeyId(id))
}

impl Commands {
    /// Whoever has the key whose text is `sent`, if it counts at the moment. That it was used is
    /// written down in the background.
    ///
    /// # Errors
    ///
    /// [`LogFailure`] when the log does not say.
    pub async fn key_holder(
        &self,
        sent: &str,
        request: &Request,
    ) -> Result<Option<KeyHolder>, LogFailure> {
        // Hashed whatever it is, so that what is no key takes about as long.
        let hash = self.vault.claim("api-key", sent);
        let Some(key) = named(sent) else { return Ok(None) };
        let loaded = self.load_key(key).await?;
        let issued = loaded.state.living(request.at).filter(|issued| issued.hash == hash);
        let Some(issued) = issued else { return Ok(None) };
        let (scopes, expires_at) = (issued.scopes.clone(), issued.expires_at);
        let holder = KeyHolder { key, scopes, expires_at };
        if loaded.state.unseen(request.at) {
            let (commands, request) = (self.clone(), request.clone());
            tokio::spawn(async move {
                if let Err(failure) = commands.key_seen(key, loaded.expected(), &request).await {
                    debug!(error = %failure, "an API key counts as not seen");
                }
            });
        }
        Ok(Some(holder))
    }

    /// Whether `key` counts at `at` and opens `scope`, whoever has it.
    ///
    /// # Errors
    ///
    /// [`LogFailure`] when the log does not say.
    pub async fn key_opens(
        &self,
        key: ApiKeyId,
        scope: Scope,
        at: DateTime<Utc>,
    ) -> Result<bool, LogFailure> {
        let loaded = self.load_key(key).await?;
        Ok(loaded.state.living(at).is_some_and(|issued| issued.scopes.contains(&scope)))
    }

    async fn load_key(&self, key: ApiKeyId) -> Result<Loaded<ApiKey>, LogFailure> {
        self.load_sealed(&StreamName::ApiKey(key).to_string()).await
    }

    /// Where others see it at the same time, one of them writes it down.
    async fn key_seen(
        &self,
        key: ApiKeyId,
        expected: ExpectedRevision,
        request: &Request,
    ) -> Result<(), LogFailure> {
        let seen = ApiKeySeen { key, at: request.at };
        let stream = StreamName::ApiKey(key);
        self.append(&stream, expected, vec![seen.into()], request).await.map(drop)
    }
}

#[cfg(test)]
mod tests;
