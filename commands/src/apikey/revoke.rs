//! Revoke an API key.

use chrono::{DateTime, Utc};
use eventlog::{AppendError, Position};
use schema::{ApiKeyId, ApiKeyRevoked, Fact, StreamName, caps::DECIDE_ATTEMPTS_MAX};

use super::ApiKey;
use crate::{Commands, ExecuteError, LogFailure, Request, decision::Decide, handler::Loaded};

/// Let a key open nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevokeApiKey {
    /// Which.
    pub key: ApiKeyId,
}

/// Why [`RevokeApiKey`] is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RevokeApiKeyRejected {
    /// No such key was ever issued.
    #[error("API key does not exist")]
    NoSuchKey,
}

impl Decide for RevokeApiKey {
    type State = ApiKey;
    type Rejected = RevokeApiKeyRejected;

    fn decide(&self, key: &ApiKey, at: DateTime<Utc>) -> Result<Vec<Fact>, RevokeApiKeyRejected> {
        if key.issued.is_none() {
            return Err(RevokeApiKeyRejected::NoSuchKey);
        }
        if key.revoked {
            return Ok(Vec::new());
        }
        Ok(vec![ApiKeyRevoked { key: self.key, at }.into()])
    }
}

impl Commands {
    /// Runs [`RevokeApiKey`].
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn revoke_api_key(
        &self,
        command: &RevokeApiKey,
        request: &Request,
    ) -> Result<Position, ExecuteError<RevokeApiKeyRejected>> {
        let stream = StreamName::ApiKey(command.key);
        for _ in 0..DECIDE_ATTEMPTS_MAX {
            let loaded: Loaded<ApiKey> = self.load_sealed_for(&stream, request).await?;
            if let Some(position) = loaded.position.filter(|_| loaded.done) {
                return Ok(position);
            }
            let facts =
                command.decide(&loaded.state, request.at).map_err(ExecuteError::Rejected)?;
            request.see(&loaded)?;
            match self.settle(&stream, &loaded, facts, request).await {
                // It was seen meanwhile.
                Err(LogFailure::Append(AppendError::WrongRevision { .. })) => {}
                settled => return Ok(settled?),
            }
        }
        Err(ExecuteError::Contended)
    }
}

#[cfg(test)]
mod tests {
    use super::{RevokeApiKey, RevokeApiKeyRejected};
    use crate::{
        apikey::tests::{KEY, issued, revoked},
        testing::given,
    };

    const REVOKE: RevokeApiKey = RevokeApiKey { key: KEY };

    #[test]
    fn a_key_is_revoked_once() {
        given([issued(None)]).when(&REVOKE).then([revoked()]);
        given([issued(None), revoked()]).when(&REVOKE).then([]);
    }

    #[test]
    fn a_key_that_was_never_issued_cannot_be_revoked() {
        given([]).when(&REVOKE).then_rejected(&RevokeApiKeyRejected::NoSuchKey);
    }
}
