//! What is published to NATS. The bell, never the record: each notification names its place in the
//! log, and whoever misses one reads the log.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Cursor, MessageId, MessagePersonal, MessageSent, Personal, UserId};

/// The subscription that brings every notification.
pub const SUBJECTS: &str = "registre.>";

/// Where the relay tells how far it is.
pub const HEARTBEAT_SUBJECT: &str = "registre.heartbeat";

/// The CloudEvents type of [`NewMessage`].
pub const NEW_MESSAGE: &str = "new_message.v1";

/// The subject of messages to `receiver`.
#[must_use]
pub fn subject_of_message(receiver: UserId) -> String {
    format!("registre.new_message.{receiver}")
}

/// A notification as structured CloudEvents JSON (version 1.0), with two extension attributes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notification<T> {
    /// Always `1.0`.
    pub specversion: String,
    /// The fact's id.
    pub id: Uuid,
    /// Which log, as a URI.
    pub source: String,
    /// What kind of notification, version included.
    #[serde(rename = "type")]
    pub kind: String,
    /// The fact's stream.
    pub subject: String,
    /// When the command was accepted.
    pub time: DateTime<Utc>,
    /// Always `application/json`.
    pub datacontenttype: String,
    /// The fact's place in the log.
    pub cursor: Cursor,
    /// The place of the notification before this one, on whatever subject. None for the first.
    pub previous: Option<Cursor>,
    /// What happened.
    pub data: T,
}

impl Notification<NewMessage> {
    /// The notification of `sent`, which stands at `cursor` of `stream` under `id`. It depends on
    /// the log alone.
    #[must_use]
    pub fn of_message(
        sent: MessageSent,
        id: Uuid,
        stream: &str,
        cursor: Cursor,
        previous: Option<Cursor>,
    ) -> Self {
        Self {
            specversion: "1.0".to_owned(),
            id,
            source: format!("urn:registre:log:{}", cursor.log),
            kind: NEW_MESSAGE.to_owned(),
            subject: stream.to_owned(),
            time: sent.at,
            datacontenttype: "application/json".to_owned(),
            cursor,
            previous,
            data: NewMessage {
                message_id: sent.message,
                sender_id: sent.sender,
                receiver_id: sent.receiver,
                personal: sent.personal,
            },
        }
    }
}

/// Somebody wrote to somebody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewMessage {
    /// Which message.
    pub message_id: MessageId,
    /// Who wrote it.
    pub sender_id: UserId,
    /// To whom.
    pub receiver_id: UserId,
    /// What it says, sealed under the sender's key.
    pub personal: Personal<MessagePersonal>,
}

/// Says how far the relay has published, also when nothing happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// The place of the last notification. None before the first.
    pub last: Option<Cursor>,
}

#[cfg(test)]
mod tests {
    use super::{NewMessage, Notification};

    #[test]
    fn a_new_message_is_read_and_written_back_unchanged() {
        let sample = include_str!("../golden/notification.new_message.v1.json");
        let read: Notification<NewMessage> = serde_json::from_str(sample).unwrap();
        let expected: serde_json::Value = serde_json::from_str(sample).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), expected);
    }
}
