//! Who may ask the directory.

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};
use schema::{ApiKeyId, ClaimHash, Scope};
use vault::Vault;

use super::failure::Failure;
use crate::{App, origin::request_of};

/// The keys of the configuration that open the directory, none of which is kept in clear. Those that
/// were issued stand in the log. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Directory {
    pub(super) vault: Vault,
    keys: Arc<[ClaimHash]>,
}

/// A key that opens the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ApiKey {
    /// One of the configuration, by its keyed hash.
    Configured(ClaimHash),
    /// One that was issued.
    Issued(ApiKeyId),
}

impl Directory {
    /// A directory that these keys open, and no other.
    #[must_use]
    pub fn new<'a>(vault: Vault, keys: impl IntoIterator<Item = &'a str>) -> Self {
        let keys = keys.into_iter().filter(|key| !key.is_empty());
        let keys = keys.map(|key| vault.claim("directory-key", key)).collect();
        Self { vault, keys }
    }

    /// The key that was sent, if it is one. Keyed hashes are compared, so that the time that it
    /// takes tells nothing.
    fn admitted(&self, sent: &str) -> Option<ApiKey> {
        let sent = self.vault.claim("directory-key", sent);
        self.keys.contains(&sent).then_some(ApiKey::Configured(sent))
    }

    /// The key with this beginning of its hash, if it opens the directory still.
    pub(super) fn beginning_with(&self, hash: &str) -> Option<ApiKey> {
        self.keys.iter().find(|key| key.0.starts_with(hash)).cloned().map(ApiKey::Configured)
    }
}

impl FromRequestParts<App> for ApiKey {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let sent = parts.headers.get("x-api-key").and_then(|key| key.to_str().ok());
        let sent = sent.ok_or(Failure::FORBIDDEN)?;
        if let Some(configured) = app.directory.admitted(sent) {
            return Ok(configured);
        }
        let holder = app.commands.key_holder(sent, &request_of(parts)).await;
        let holder = holder?.filter(|holder| holder.scopes.contains(&Scope::Directory));
        holder.map(|holder| Self::Issued(holder.key)).ok_or(Failure::FORBIDDEN)
    }
}
