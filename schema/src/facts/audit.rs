//! Facts about who has looked into the history.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{ApiKeyId, UserId};

/// Body of [`super::AuditFact::AuditQueried`], in `audit-<actor>` or `audit-<key>`. Written before the
/// answer is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditQueried {
    /// Who asked; nobody where a program did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<UserId>,
    /// By which key a program asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<ApiKeyId>,
    /// What was asked: the path below `/api/v1/audit`, and its filters.
    pub query: String,
    /// Why personal data had to be shown; none where it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// When the request was accepted.
    pub at: DateTime<Utc>,
}
