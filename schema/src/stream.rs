//! The names of streams.

use std::fmt;

use uuid::Uuid;

use crate::{ApiKeyId, ClaimHash, EventId, MessageId, SessionId, UserId, VmId};

/// Which public ids an `ids-` stream hands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdKind {
    /// Of people.
    User,
    /// Of calendar events.
    Event,
    /// Of messages.
    Message,
    /// Of machines.
    Vm,
}

impl IdKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::User, Self::Event, Self::Message, Self::Vm];
}

impl fmt::Display for IdKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::User => "user",
            Self::Event => "event",
            Self::Message => "message",
            Self::Vm => "vm",
        })
    }
}

/// A stream of the log. Its text is the stored name: never change one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StreamName {
    /// One person's account.
    User(UserId),
    /// Who holds an address.
    EmailClaim(ClaimHash),
    /// Who holds a phone number.
    PhoneClaim(ClaimHash),
    /// Which calendar event holds a title.
    TitleClaim(ClaimHash),
    /// Attempts to log in to the account that has, or would have, an address or a phone number.
    Attempts(ClaimHash),
    /// One session.
    Session(SessionId),
    /// One API key.
    ApiKey(ApiKeyId),
    /// One person's data key, wrapped.
    Key(UserId),
    /// One calendar event.
    Event(EventId),
    /// One message.
    Message(MessageId),
    /// One machine.
    Vm(VmId),
    /// Blocks of public ids.
    Ids(IdKind),
    /// One request that may be sent again.
    Request(Uuid),
    /// What one person has looked for in the history.
    Audit(UserId),
    /// What has been looked for in the history with one API key.
    AuditByKey(ApiKeyId),
    /// Who the active administrators are.
    AdminRoster,
    /// The log's own identity.
    Log,
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "user-{id}"),
            Self::EmailClaim(hash) => write!(f, "claim-email-{hash}"),
            Self::PhoneClaim(hash) => write!(f, "claim-phone-{hash}"),
            Self::TitleClaim(hash) => write!(f, "claim-title-{hash}"),
            Self::Attempts(hash) => write!(f, "attempts-{hash}"),
            Self::Session(id) => write!(f, "session-{id}"),
            Self::ApiKey(id) => write!(f, "apikey-{id}"),
            Self::Key(id) => write!(f, "key-{id}"),
            Self::Event(id) => write!(f, "event-{id}"),
            Self::Message(id) => write!(f, "message-{id}"),
            Self::Vm(id) => write!(f, "vm-{id}"),
            Self::Ids(kind) => write!(f, "ids-{kind}"),
            Self::Request(id) => write!(f, "request-{id}"),
            Self::Audit(id) => write!(f, "audit-{id}"),
            Self::AuditByKey(id) => write!(f, "audit-{id}"),
            Self::AdminRoster => f.write_str("roster-admins"),
            Self::Log => f.write_str("registre-log"),
        }
    }
}

impl StreamName {
    /// The person whose data key stands in `stream`, if it is such a stream.
    #[must_use]
    pub fn key_subject(stream: &str) -> Option<UserId> {
        stream.strip_prefix("key-")?.parse().ok().map(UserId)
    }

    /// The session that `stream` tells of, if it is such a stream.
    #[must_use]
    pub fn parse_session(stream: &str) -> Option<SessionId> {
        stream.strip_prefix("session-")?.parse().ok().map(SessionId)
    }

    /// The API key that `stream` tells of, if it is such a stream.
    #[must_use]
    pub fn parse_api_key(stream: &str) -> Option<ApiKeyId> {
        stream.strip_prefix("apikey-")?.parse().ok().map(ApiKeyId)
    }

    /// The stream called `stream`, if it tells of something that read models have a row for.
    #[must_use]
    pub fn parse_row(stream: &str) -> Option<Self> {
        let (kind, id) = stream.split_once('-')?;
        match kind {
            "user" => id.parse().ok().map(|id| Self::User(UserId(id))),
            "session" => id.parse().ok().map(|id| Self::Session(SessionId(id))),
            "event" => id.parse().ok().map(|id| Self::Event(EventId(id))),
            "message" => id.parse().ok().map(|id| Self::Message(MessageId(id))),
            "vm" => id.parse().ok().map(|id| Self::Vm(VmId(id))),
            "apikey" => id.parse().ok().map(|id| Self::ApiKey(ApiKeyId(id))),
            _ => None,
        }
    }

    /// The stream called `stream`, if it is one that can own a claim.
    #[must_use]
    pub fn parse_owner(stream: &str) -> Option<Self> {
        if let Some(id) = stream.strip_prefix("user-") {
            return id.parse().ok().map(|id| Self::User(UserId(id)));
        }
        stream.strip_prefix("event-")?.parse().ok().map(|id| Self::Event(EventId(id)))
    }
}
