//! Calendar events: the state that the rules look at, and one file per command.

use chrono::{DateTime, Utc};
use schema::Fact;

mod create_event;

pub use create_event::{CreateEvent, CreateEventRejected, Created};

use crate::{State, claims::Holdings};

/// What the rules need to know about a calendar event.
#[derive(Debug, Default)]
pub(crate) struct Event {
    pub(crate) holdings: Holdings,
    /// When it was created.
    created: Option<DateTime<Utc>>,
}

impl State for Event {
    fn evolve(&mut self, revision: u64, fact: &Fact) {
        self.holdings.evolve(revision, fact);
        match fact {
            Fact::EventCreated(fact) => self.created = Some(fact.at),
            Fact::ClaimVoided(_)
            | Fact::UserRegistered(_)
            | Fact::UserRoleChanged(_)
            | Fact::UserLoggedIn(_)
            | Fact::SessionEnded(_)
            | Fact::AdminAdded(_)
            | Fact::AdminRemoved(_)
            | Fact::ClaimTaken(_)
            | Fact::MessageSent(_)
            | Fact::MessageRead(_)
            | Fact::VmCreated(_)
            | Fact::VmChanged(_)
            | Fact::VmAttached(_)
            | Fact::VmStopped(_)
            | Fact::VmDeleted(_)
            | Fact::DataKeyCreated(_)
            | Fact::IdsReserved(_)
            | Fact::RequestAccepted(_)
            | Fact::LogFounded(_)
            | Fact::UserProfileChanged(_)
            | Fact::UserPasswordChanged(_)
            | Fact::UserPasswordRehashed(_)
            | Fact::UserActivated(_)
            | Fact::UserDeactivated(_)
            | Fact::UserSessionsEnded(_)
            | Fact::UserClaimed(_)
            | Fact::DirectorySpellingAdded(_)
            | Fact::ResetLinkIssued(_)
            | Fact::ResetLinkUsed(_)
            | Fact::UserErased(_)
            | Fact::ErasureCompleted(_)
            | Fact::AuditQueried(_)
            | Fact::SessionRefreshed(_)
            | Fact::SessionSeen(_)
            | Fact::ApiKeyIssued(_)
            | Fact::ApiKeySeen(_)
            | Fact::ApiKeyRevoked(_)
            | Fact::SocketTicketUsed(_)
            | Fact::RefreshReuseDetected(_)
            | Fact::LoginAttempted(_)
            | Fact::LoginDecided(_) => {}
        }
    }
}
