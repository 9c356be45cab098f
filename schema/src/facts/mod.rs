//! The facts of the log.
//!
//! These types are the stored format. Add a fact or an optional field; never rename, remove or
//! change the meaning of one. They check nothing: today's limits must not make yesterday's facts
//! unreadable.

mod account;
mod apikey;
mod attempt;
mod audit;
mod claim;
mod event;
mod log;
mod machine;
mod message;
mod request;
mod roster;
mod session;
mod user;

pub use account::{
    ClaimMoved, ClaimedPersonal, DirectorySpellingAdded, ErasureCompleted, PasswordPersonal,
    ProfilePersonal, ResetLinkIssued, ResetLinkUsed, SpellingPersonal, UserActivated, UserClaimed,
    UserDeactivated, UserErased, UserPasswordChanged, UserPasswordRehashed, UserProfileChanged,
    UserSessionsEnded,
};
pub use apikey::{ApiKeyIssued, ApiKeyRevoked, ApiKeySeen};
pub use attempt::{LoginAttempted, LoginDecided};
pub use audit::AuditQueried;
pub use claim::{ClaimTaken, ClaimVoided};
pub use event::EventCreated;
pub use log::{DataKeyCreated, IdsReserved, LogFounded};
pub use machine::{VmAttached, VmChanged, VmCreated, VmDeleted, VmStopped};
pub use message::{MESSAGE_SENT, MessagePersonal, MessageRead, MessageSent};
pub use request::RequestAccepted;
pub use roster::{AdminAdded, AdminRemoved};
pub use session::{RefreshReuseDetected, SessionRefreshed, SessionSeen, SocketTicketUsed};
pub use user::{
    SessionEndReason, SessionEnded, UserLoggedIn, UserPersonal, UserRegistered, UserRoleChanged,
};

use crate::{Sealable, UserId};

/// Why stored bytes are not a [`Fact`].
#[derive(Debug, thiserror::Error)]
pub enum FactError {
    /// No version of Registre that this one knows of writes this type.
    #[error("unknown type of fact {0:?}")]
    Unknown(String),
    /// The bytes do not have the shape of their type.
    #[error("fact of type {kind:?} cannot be read")]
    Unreadable {
        /// Its type.
        kind: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
}

macro_rules! facts {
    ($(
        $(#[$about:meta])*
        $family:ident($facts:ident) { $($(#[$doc:meta])* $name:ident = $stored:expr,)* }
    )*) => {
        /// Something that has happened, sorted by what it happened to: who folds one family names
        /// the others, not what is in them.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Fact {
            $($(#[$about])* $family($facts),)*
        }

        $(
            $(#[$about])*
            #[derive(Clone, Debug, PartialEq)]
            pub enum $facts {
                $($(#[$doc])* $name($name),)*
            }
        )*

        impl Fact {
            /// The stored names of all types of facts.
            pub const KINDS: &[&str] = &[$($($stored,)*)*];

            /// The stored name of its type, version included.
            #[must_use]
            pub fn kind(&self) -> &'static str {
                match self { $($(Self::$family($facts::$name(_)) => $stored,)*)* }
            }

            /// Reads what the log holds.
            ///
            /// # Errors
            ///
            /// [`FactError`] when this version cannot read it; the fact stands all the same.
            pub fn read(kind: &str, data: &[u8]) -> Result<Self, FactError> {
                let read = match kind {
                    $($(kind if kind == $stored => {
                        serde_json::from_slice::<$name>(data).map(Self::from)
                    })*)*
                    unknown => return Err(FactError::Unknown(unknown.to_owned())),
                };
                read.map_err(|source| FactError::Unreadable { kind: kind.to_owned(), source })
            }

            /// The bytes for the log.
            ///
            /// # Errors
            ///
            /// When personal data in it has not been sealed.
            pub fn write(&self) -> Result<Vec<u8>, serde_json::Error> {
                match self {
                    $($(Self::$family($facts::$name(fact)) => serde_json::to_vec(fact),)*)*
                }
            }
        }

        $($(impl From<$name> for Fact {
            fn from(fact: $name) -> Self {
                Self::$family($facts::$name(fact))
            }
        })*)*
    };
}

facts! {
    /// What happened to an account.
    User(UserFact) {
        /// An account exists from here on.
        UserRegistered = "user-registered.v1",
        /// An account may do more or less from here on.
        UserRoleChanged = "user-role-changed.v1",
        /// A person's name or address is another one.
        UserProfileChanged = "user-profile-changed.v1",
        /// An account has another password.
        UserPasswordChanged = "user-password-changed.v1",
        /// An account's password is stored in a stronger form.
        UserPasswordRehashed = "user-password-rehashed.v1",
        /// An account may be used again.
        UserActivated = "user-activated.v1",
        /// An account may not be used from here on.
        UserDeactivated = "user-deactivated.v1",
        /// The sessions of an account are over.
        UserSessionsEnded = "user-sessions-ended.v1",
        /// An account without a password has one, and a person behind it.
        UserClaimed = "user-claimed.v1",
        /// The directory has been told an address in another spelling.
        DirectorySpellingAdded = "directory-spelling-added.v1",
        /// Whoever has a text may give an account another password, once.
        ResetLinkIssued = "reset-link-issued.v1",
        /// Somebody has done so.
        ResetLinkUsed = "reset-link-used.v1",
        /// An account exists no more.
        UserErased = "user-erased.v1",
        /// Nothing is left of a person's data.
        ErasureCompleted = "erasure-completed.v1",
    }
    /// What happened to a session.
    Session(SessionFact) {
        /// A session begins.
        UserLoggedIn = "user-logged-in.v1",
        /// A session is over.
        SessionEnded = "session-ended.v1",
        /// A session got a new refresh token.
        SessionRefreshed = "session-refreshed.v1",
        /// A session is in use.
        SessionSeen = "session-seen.v1",
        /// A refresh token was sent again after its successor had been used.
        RefreshReuseDetected = "refresh-reuse-detected.v1",
        /// A ticket has opened a socket, and opens none any more.
        SocketTicketUsed = "socket-ticket-used.v1",
    }
    /// What happened to an API key.
    ApiKey(ApiKeyFact) {
        /// A program may do a few things from here on.
        ApiKeyIssued = "api-key-issued.v1",
        /// An API key was used.
        ApiKeySeen = "api-key-seen.v1",
        /// An API key opens nothing any more.
        ApiKeyRevoked = "api-key-revoked.v1",
    }
    /// Who came to, or went from, the active administrators.
    Roster(RosterFact) {
        /// Somebody counts among the active administrators.
        AdminAdded = "admin-added.v1",
        /// Somebody counts no more among the active administrators.
        AdminRemoved = "admin-removed.v1",
    }
    /// Whose a value is that only one may hold.
    Claim(ClaimFact) {
        /// A value that only one may hold has an owner.
        ClaimTaken = "claim-taken.v1",
        /// The owner's take of a claim counts no more.
        ClaimVoided = "claim-voided.v1",
    }
    /// What happened to a calendar event.
    Event(EventFact) {
        /// A calendar event exists from here on.
        EventCreated = "event-created.v1",
    }
    /// What happened to a message.
    Message(MessageFact) {
        /// Somebody wrote to somebody.
        MessageSent = MESSAGE_SENT,
        /// Its receiver has marked a message as read.
        MessageRead = "message-read.v1",
    }
    /// What happened to a machine.
    Machine(MachineFact) {
        /// A machine exists from here on.
        VmCreated = "vm-created.v1",
        /// A machine is another from here on.
        VmChanged = "vm-changed.v1",
        /// A machine has an owner from here on, another than before.
        VmAttached = "vm-attached.v1",
        /// A machine does not work from here on.
        VmStopped = "vm-stopped.v1",
        /// A machine exists no more.
        VmDeleted = "vm-deleted.v1",
    }
    /// Who tried to prove who they are.
    Attempt(AttemptFact) {
        /// Somebody is about to prove who they are.
        LoginAttempted = "login-attempted.v1",
        /// Whether they could.
        LoginDecided = "login-decided.v1",
    }
    /// Who looked into the history.
    Audit(AuditFact) {
        /// Somebody has looked into the history.
        AuditQueried = "audit-queried.v1",
    }
    /// What commands need to know of the log itself: keys, ids, requests, its identity.
    Log(LogFact) {
        /// A person's data key exists.
        DataKeyCreated = "data-key-created.v1",
        /// A block of public ids is taken.
        IdsReserved = "ids-reserved.v1",
        /// A request that may be sent again has come.
        RequestAccepted = "request-accepted.v1",
        /// The log has an identity.
        LogFounded = "log-founded.v1",
    }
}

impl Fact {
    /// Its personal data and whose they are.
    pub fn personal(&mut self) -> Option<(UserId, &mut dyn Sealable)> {
        match self {
            Self::User(UserFact::UserRegistered(fact)) => Some((fact.user, &mut fact.personal)),
            Self::User(UserFact::UserProfileChanged(fact)) => Some((fact.user, &mut fact.personal)),
            Self::User(UserFact::UserPasswordChanged(fact)) => {
                Some((fact.user, &mut fact.personal))
            }
            Self::User(UserFact::UserPasswordRehashed(fact)) => {
                Some((fact.user, &mut fact.personal))
            }
            Self::User(UserFact::UserClaimed(fact)) => Some((fact.user, &mut fact.personal)),
            Self::User(UserFact::DirectorySpellingAdded(fact)) => {
                Some((fact.user, &mut fact.personal))
            }
            Self::Message(MessageFact::MessageSent(fact)) => {
                Some((fact.sender, &mut fact.personal))
            }
            Self::User(
                UserFact::UserRoleChanged(_)
                | UserFact::UserActivated(_)
                | UserFact::UserDeactivated(_)
                | UserFact::UserSessionsEnded(_)
                | UserFact::ResetLinkIssued(_)
                | UserFact::ResetLinkUsed(_)
                | UserFact::UserErased(_)
                | UserFact::ErasureCompleted(_),
            )
            | Self::Session(_)
            | Self::ApiKey(_)
            | Self::Roster(_)
            | Self::Claim(_)
            | Self::Event(_)
            | Self::Message(MessageFact::MessageRead(_))
            | Self::Machine(_)
            | Self::Attempt(_)
            | Self::Audit(_)
            | Self::Log(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::Fact;

    #[test]
    fn every_kind_has_a_sample_that_is_read_and_written_back_unchanged() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
        for kind in Fact::KINDS {
            let sample = fs::read(folder.join(format!("{kind}.json")))
                .unwrap_or_else(|error| panic!("golden/{kind}.json: {error}"));
            let fact = Fact::read(kind, &sample).unwrap();
            let written: serde_json::Value =
                serde_json::from_slice(&fact.write().unwrap()).unwrap();
            let expected: serde_json::Value = serde_json::from_slice(&sample).unwrap();
            assert_eq!(written, expected, "{kind}");
            assert_eq!(fact.kind(), *kind);
        }
    }

    #[test]
    fn an_unknown_kind_is_named() {
        let error = Fact::read("user-flew.v1", b"{}").unwrap_err();
        assert_eq!(error.to_string(), "unknown type of fact \"user-flew.v1\"");
    }
}
