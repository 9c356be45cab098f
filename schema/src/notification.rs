//! What is published to NATS. The bell, never the record: each notification names its place in the
//! log, and whoever misses one reads the log.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Cursor, Fact, MESSAGE_SENT, MessageFact, MessageId, MessagePersonal, Personal, SessionFact,
    UserFact, UserId,
};

/// The subscription that brings every notification.
pub const SUBJECTS: &str = "registre.>";

/// Where the relay tells how far it is.
pub const HEARTBEAT_SUBJECT: &str = "registre.heartbeat";

/// The stored names of the facts that are told, for readers of the log that look for nothing else.
pub const TOLD: &[&str] = &[
    MESSAGE_SENT,
    "message-read.v1",
    "user-registered.v1",
    "user-claimed.v1",
    "user-logged-in.v1",
];

/// A notification as structured CloudEvents JSON (version 1.0), with two extension attributes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notification {
    /// Always `1.0`.
    pub specversion: String,
    /// The fact's id.
    pub id: Uuid,
    /// Which log, as a URI.
    pub source: String,
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
    /// What happened: the attributes `type` and `data`.
    #[serde(flatten)]
    pub news: News,
}

/// What subscribers wait for. The names are published: never change one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum News {
    /// Somebody wrote to somebody.
    #[serde(rename = "new_message.v1")]
    NewMessage(NewMessage),
    /// Somebody has read what somebody wrote, and lets them know.
    #[serde(rename = "message_read.v1")]
    MessageRead(Receipt),
    /// An account exists from here on, or has somebody who can log in.
    #[serde(rename = "user.registered.v1")]
    UserRegistered(Somebody),
    /// Somebody logged in.
    #[serde(rename = "user.login.v1")]
    UserLogin(Somebody),
}

/// Who wrote to whom, and what.
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

/// Who has read what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Which message.
    pub message_id: MessageId,
    /// Who wrote it.
    pub sender_id: UserId,
    /// Who has read it.
    pub reader_id: UserId,
}

/// Whose account it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Somebody {
    /// The account.
    pub user_id: UserId,
}

impl Notification {
    /// The notification of `fact`, which stands at `cursor` of `stream` under `id`; none when nobody
    /// waits for such a fact. It depends on the log alone.
    #[must_use]
    pub fn of(
        fact: Fact,
        id: Uuid,
        stream: &str,
        cursor: Cursor,
        previous: Option<Cursor>,
    ) -> Option<Self> {
        let (time, news) = News::of(fact)?;
        Some(Self {
            specversion: "1.0".to_owned(),
            id,
            source: format!("urn:registre:log:{}", cursor.log),
            subject: stream.to_owned(),
            time,
            datacontenttype: "application/json".to_owned(),
            cursor,
            previous,
            news,
        })
    }
}

impl News {
    /// All published names.
    pub const KINDS: &[&str] =
        &["new_message.v1", "message_read.v1", "user.registered.v1", "user.login.v1"];

    fn of(fact: Fact) -> Option<(DateTime<Utc>, Self)> {
        match fact {
            Fact::Message(MessageFact::MessageSent(fact)) => {
                let message = NewMessage {
                    message_id: fact.message,
                    sender_id: fact.sender,
                    receiver_id: fact.receiver,
                    personal: fact.personal,
                };
                Some((fact.at, Self::NewMessage(message)))
            }
            Fact::Message(MessageFact::MessageRead(fact)) if fact.announced => {
                let receipt = Receipt {
                    message_id: fact.message,
                    sender_id: fact.sender,
                    reader_id: fact.receiver,
                };
                Some((fact.at, Self::MessageRead(receipt)))
            }
            Fact::User(UserFact::UserRegistered(fact)) => {
                Some((fact.at, Self::UserRegistered(Somebody { user_id: fact.user })))
            }
            // A session that begins with its account is no login.
            Fact::Session(SessionFact::UserLoggedIn(fact)) if fact.first => None,
            Fact::Session(SessionFact::UserLoggedIn(fact)) => {
                Some((fact.at, Self::UserLogin(Somebody { user_id: fact.user })))
            }
            Fact::User(UserFact::UserClaimed(fact)) => {
                Some((fact.at, Self::UserRegistered(Somebody { user_id: fact.user })))
            }
            Fact::User(
                UserFact::UserRoleChanged(_)
                | UserFact::UserProfileChanged(_)
                | UserFact::UserPasswordChanged(_)
                | UserFact::UserPasswordRehashed(_)
                | UserFact::UserActivated(_)
                | UserFact::UserDeactivated(_)
                | UserFact::UserSessionsEnded(_)
                | UserFact::DirectorySpellingAdded(_)
                | UserFact::UserErased(_)
                | UserFact::ResetLinkIssued(_)
                | UserFact::ResetLinkUsed(_)
                | UserFact::ErasureCompleted(_),
            )
            | Fact::Session(
                SessionFact::SessionEnded(_)
                | SessionFact::SessionRefreshed(_)
                | SessionFact::SessionSeen(_)
                | SessionFact::RefreshReuseDetected(_)
                | SessionFact::SocketTicketUsed(_),
            )
            | Fact::ApiKey(_)
            | Fact::Roster(_)
            | Fact::Claim(_)
            | Fact::Event(_)
            | Fact::Message(MessageFact::MessageRead(_))
            | Fact::Machine(_)
            | Fact::Attempt(_)
            | Fact::Audit(_)
            | Fact::Log(_) => None,
        }
    }

    /// Its published name: the attribute `type`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NewMessage(_) => "new_message.v1",
            Self::MessageRead(_) => "message_read.v1",
            Self::UserRegistered(_) => "user.registered.v1",
            Self::UserLogin(_) => "user.login.v1",
        }
    }

    /// The NATS subject that it is published on.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::NewMessage(message) => format!("registre.new_message.{}", message.receiver_id),
            Self::MessageRead(receipt) => format!("registre.message_read.{}", receipt.sender_id),
            Self::UserRegistered(_) => "registre.user.registered".to_owned(),
            Self::UserLogin(_) => "registre.user.login".to_owned(),
        }
    }
}

/// Says how far the relay has published, also when nothing happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// The place of the last notification. None before the first.
    pub last: Option<Cursor>,
    /// Everything in the log up to here has been looked at.
    pub head: Cursor,
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use uuid::Uuid;

    use super::{News, Notification, TOLD};
    use crate::{Cursor, Fact, LogId, MessageFact};

    const HERE: Cursor = Cursor { log: LogId(Uuid::from_u128(2)), position: 42 };

    fn golden(name: &str) -> Vec<u8> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
        fs::read(folder.join(name)).unwrap_or_else(|error| panic!("golden/{name}: {error}"))
    }

    #[test]
    fn every_published_shape_is_read_and_written_back_unchanged() {
        for (name, subject) in [
            ("new_message", "registre.new_message.8"),
            ("message_read", "registre.message_read.7"),
            ("user.registered", "registre.user.registered"),
            ("user.login", "registre.user.login"),
        ] {
            let sample = golden(&format!("notification.{name}.v1.json"));
            let read: Notification = serde_json::from_slice(&sample).unwrap();
            let expected: serde_json::Value = serde_json::from_slice(&sample).unwrap();
            assert_eq!(serde_json::to_value(&read).unwrap(), expected);
            assert_eq!(read.news.subject(), subject);
            assert_eq!(expected["type"], read.news.kind());
            assert!(News::KINDS.contains(&read.news.kind()));
        }
    }

    #[test]
    fn the_facts_that_are_told_are_those_that_readers_look_for() {
        for kind in Fact::KINDS {
            let mut fact = Fact::read(kind, &golden(&format!("{kind}.json"))).unwrap();
            if let Fact::Message(MessageFact::MessageRead(read)) = &mut fact {
                assert!(!read.announced, "only where its reader says so");
                read.announced = true;
            }
            let told = Notification::of(fact, Uuid::nil(), "stream", HERE, None);
            assert_eq!(told.is_some(), TOLD.contains(kind), "{kind}");
        }
    }
}
