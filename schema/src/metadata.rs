//! What stands beside every fact: who, by which right, why, when, from where.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{CredentialId, Personal, UserId};

/// Metadata of a stored fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Version of this shape.
    pub schema: u32,
    /// Who acted; nobody for an anonymous request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<UserId>,
    /// The session, or the API key, by which they acted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<CredentialId>,
    /// Shared by all facts that follow from one request.
    #[serde(rename = "$correlationId")]
    pub correlation: Uuid,
    /// The request or fact that this one follows from.
    #[serde(rename = "$causationId")]
    pub causation: Uuid,
    /// When the request was accepted, by our clock.
    pub at: DateTime<Utc>,
    /// Where the request came from, sealed under the actor's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personal: Option<Personal<Origin>>,
    /// Keyed hash of where an anonymous request came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_hash: Option<String>,
}

/// Where a request came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Address of the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// What the client says it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
}
