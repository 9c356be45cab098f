//! Facts about API keys, in `apikey-<uuid>`.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{ApiKeyId, ClaimHash, Scope};

/// Body of [`super::ApiKeyFact::ApiKeyIssued`]. Who issued it stands in the metadata.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyIssued {
    /// Which.
    pub key: ApiKeyId,
    /// What it is for, in words.
    pub name: String,
    /// What it opens.
    pub scopes: BTreeSet<Scope>,
    /// Keyed hash of its text, which stands nowhere.
    pub hash: ClaimHash,
    /// When it opens nothing any more; never, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// When the command was accepted.
    pub at: DateTime<Utc>,
}

/// Body of [`super::ApiKeyFact::ApiKeySeen`]. Written every now and then, not each time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeySeen {
    /// Which.
    pub key: ApiKeyId,
    /// When it was used.
    pub at: DateTime<Utc>,
}

/// Body of [`super::ApiKeyFact::ApiKeyRevoked`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyRevoked {
    /// Which.
    pub key: ApiKeyId,
    /// When the command was accepted.
    pub at: DateTime<Utc>,
}
