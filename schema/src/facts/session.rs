//! Facts about a session between its login and its end, all in `session-<uuid>`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{SessionId, UserId};

/// Body of [`super::SessionFact::SessionRefreshed`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionRefreshed {
    /// Which.
    pub session: SessionId,
    /// Whose.
    pub user: UserId,
    /// The number of the refresh token that was given for the one before it. A login gives number 0.
    pub generation: u64,
    /// When the command was accepted.
    pub at: DateTime<Utc>,
}

/// Body of [`super::SessionFact::RefreshReuseDetected`]. Somebody has a copy of a refresh token;
/// the session is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RefreshReuseDetected {
    /// Which.
    pub session: SessionId,
    /// Whose.
    pub user: UserId,
    /// The number of the token that was sent again, although its successor had been used.
    pub generation: u64,
    /// When the command was accepted.
    pub at: DateTime<Utc>,
}

/// Body of [`super::SessionFact::SessionSeen`]. Written now and then while a session is in use;
/// where from stands in the metadata.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionSeen {
    /// Which.
    pub session: SessionId,
    /// Whose.
    pub user: UserId,
    /// When.
    pub at: DateTime<Utc>,
}

/// Body of [`super::SessionFact::SocketTicketUsed`]. A ticket is given without a fact; its use is
/// one, so that it opens one socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocketTicketUsed {
    /// Which ticket.
    pub ticket: Uuid,
    /// When it was used.
    pub at: DateTime<Utc>,
}
