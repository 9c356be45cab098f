//! Facts about messages.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{MessageId, Personal, UserId};

/// The stored name of [`MessageSent`].
pub const MESSAGE_SENT: &str = "message-sent.v1";

/// Body of [`super::MessageFact::MessageSent`], in `message-<id>`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageSent {
    /// Which.
    pub message: MessageId,
    /// Who wrote it; its subject, under whose key it is sealed.
    pub sender: UserId,
    /// To whom.
    pub receiver: UserId,
    /// When the command was accepted.
    pub at: DateTime<Utc>,
    /// What it says.
    pub personal: Personal<MessagePersonal>,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagePersonal {
    /// The text.
    pub content: String,
}

/// Body of [`super::MessageFact::MessageRead`], in `message-<id>`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageRead {
    /// Which.
    pub message: MessageId,
    /// Who wrote it.
    pub sender: UserId,
    /// To whom: who has read it.
    pub receiver: UserId,
    /// When the command was accepted.
    pub at: DateTime<Utc>,
    /// Whether its sender is told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub announced: bool,
}
