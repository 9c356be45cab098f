//! Facts about requests that may be sent again, in `request-<uuid>`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Body of [`super::LogFact::RequestAccepted`]. Whoever sends the same request again goes on with
/// what stands here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestAccepted {
    /// Keyed hash of the body: bodies hold passwords.
    pub mac: String,
    /// Public ids that are kept for what the request makes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<i64>,
    /// When it was accepted first.
    pub at: DateTime<Utc>,
}
