//! Facts about attempts to log in, in `attempts-<hash>`. They are kept for a while and then purged.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Body of [`super::AttemptFact::LoginAttempted`]. Written before the password is looked at, so
/// that parallel guesses cannot pass each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginAttempted {
    /// Which attempt.
    pub attempt: Uuid,
    /// When it was let in.
    pub at: DateTime<Utc>,
}

/// Body of [`super::AttemptFact::LoginDecided`]. Nobody is told the outcome before this is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginDecided {
    /// Which attempt.
    pub attempt: Uuid,
    /// Whether the password was right.
    pub right: bool,
    /// When it was decided.
    pub at: DateTime<Utc>,
}
