//! Messages: the state that the rules look at, and one file per command.

use schema::{Fact, MessageSent};

mod mark_message_read;
mod send_message;

pub use mark_message_read::{MarkMessageRead, MarkMessageReadRejected, MarkedRead};
pub use send_message::{SendMessage, SendMessageRejected, Sent};

use crate::State;

/// What the rules need to know about a message.
#[derive(Debug, Default)]
pub(crate) struct Message {
    sent: Option<MessageSent>,
    read: bool,
}

impl State for Message {
    fn evolve(&mut self, _revision: u64, fact: &Fact) {
        match fact {
            Fact::MessageSent(fact) => self.sent = Some(fact.clone()),
            Fact::MessageRead(_) => self.read = true,
            Fact::UserRegistered(_)
            | Fact::UserRoleChanged(_)
            | Fact::UserLoggedIn(_)
            | Fact::SessionEnded(_)
            | Fact::AdminAdded(_)
            | Fact::AdminRemoved(_)
            | Fact::ClaimTaken(_)
            | Fact::ClaimVoided(_)
            | Fact::EventCreated(_)
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
