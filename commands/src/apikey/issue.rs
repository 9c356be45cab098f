//! Issue an API key.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use eventlog::{ExpectedRevision, Position};
use schema::{ApiKeyId, ApiKeyIssued, ClaimHash, Fact, Line, Scope, StreamName};
use uuid::Uuid;
use vault::random_secret;
use zeroize::Zeroizing;

use super::{ApiKey, prefix};
use crate::{Commands, ExecuteError, Request, decision::Decide, handler::Loaded, random};

/// Make a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueApiKey {
    /// What it is for, in words.
    pub name: Line,
    /// What it opens.
    pub scopes: BTreeSet<Scope>,
    /// When it opens nothing any more.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Why [`IssueApiKey`] is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssueApiKeyRejected {
    /// It would open nothing.
    #[error("key would open nothing")]
    NoScope,
    /// It would have expired already.
    #[error("key would have expired already")]
    Expired,
}

/// A new key.
#[derive(Clone)]
pub struct Issued {
    /// Which.
    pub key: ApiKeyId,
    /// Its text, which is told now and never again.
    pub text: Zeroizing<String>,
    /// When it was issued.
    pub at: DateTime<Utc>,
    /// Where in the log.
    pub position: Position,
}

/// The command, with what had to be made for it.
struct Made<'a> {
    command: &'a IssueApiKey,
    key: ApiKeyId,
    hash: ClaimHash,
}

impl Decide for Made<'_> {
    type State = ApiKey;
    type Rejected = IssueApiKeyRejected;

    fn decide(&self, _key: &ApiKey, at: DateTime<Utc>) -> Result<Vec<Fact>, IssueApiKeyRejected> {
        let IssueApiKey { name, scopes, expires_at } = self.command;
        if scopes.is_empty() {
            return Err(IssueApiKeyRejected::NoScope);
        }
        if expires_at.is_some_and(|expires_at| expires_at <= at) {
            return Err(IssueApiKeyRejected::Expired);
        }
        let issued = ApiKeyIssued {
            key: self.key,
            name: name.as_str().to_owned(),
            scopes: scopes.clone(),
            hash: self.hash.clone(),
            expires_at: *expires_at,
            at,
        };
        Ok(vec![issued.into()])
    }
}

impl Commands {
    /// Runs [`IssueApiKey`].
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn issue_api_key(
        &self,
        command: &IssueApiKey,
        request: &Request,
    ) -> Result<Issued, ExecuteError<IssueApiKeyRejected>> {
        let (key, secret) = self.made_for(request);
        let text = Zeroizing::new(format!("{}{}", prefix(key), *secret));
        let stream = StreamName::ApiKey(key);
        if request.kept.is_some() {
            let before: Loaded<ApiKey> = self.load_sealed_for(&stream, request).await?;
            let issued = before.state.issued.as_ref();
            if let Some((position, issued)) = before.position.zip(issued) {
                return Ok(Issued { key, text, at: issued.at, position });
            }
        }
        let hash = self.vault.claim("api-key", &text);
        let facts = Made { command, key, hash }.decide(&ApiKey::default(), request.at);
        let facts = facts.map_err(ExecuteError::Rejected)?;
        let appended = self.append(&stream, ExpectedRevision::NoStream, facts, request).await?;
        Ok(Issued { key, text, at: request.at, position: appended.position })
    }

    /// What tells the key apart, and what proves it. A request that may be sent again has to be told
    /// the same text, which stands nowhere: there it follows from the request, and from a key that
    /// never stands in the log.
    fn made_for(&self, request: &Request) -> (ApiKeyId, Zeroizing<String>) {
        if request.kept.is_none() {
            return (ApiKeyId(random::id()), random_secret());
        }
        let key = Uuid::new_v5(&request.id, b"api-key");
        let secret = self.vault.keyed_hash("api-key-secret", &key.to_string());
        (ApiKeyId(key), Zeroizing::new(secret))
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use schema::{ClaimHash, Scope};

    use super::{IssueApiKey, IssueApiKeyRejected, Made};
    use crate::{
        apikey::tests::{KEY, issued},
        testing::{NOON, given, line},
    };

    fn command(scopes: &[Scope]) -> IssueApiKey {
        let scopes = scopes.iter().copied().collect();
        IssueApiKey { name: line("Mailing list"), scopes, expires_at: None }
    }

    fn made(command: &IssueApiKey) -> Made<'_> {
        Made { command, key: KEY, hash: ClaimHash("5f2c".to_owned()) }
    }

    #[test]
    fn a_key_is_issued_for_what_it_is_to_open() {
        given([]).when(&made(&command(&[Scope::Directory]))).then([issued(None)]);
        let expires_at = Some(NOON + TimeDelta::seconds(1));
        let limited = IssueApiKey { expires_at, ..command(&[Scope::Directory]) };
        given([]).when(&made(&limited)).then([issued(expires_at)]);
    }

    #[test]
    fn a_key_that_opens_nothing_is_not_issued() {
        given([]).when(&made(&command(&[]))).then_rejected(&IssueApiKeyRejected::NoScope);
        let late = IssueApiKey { expires_at: Some(NOON), ..command(&[Scope::Directory]) };
        given([]).when(&made(&late)).then_rejected(&IssueApiKeyRejected::Expired);
    }
}
