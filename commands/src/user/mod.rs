//! People's accounts: the state that the rules look at, and one file per command.

use chrono::{DateTime, Utc};
use schema::{Fact, Role, UserPersonal, UserRegistered};

mod create_administrator;
mod log_in;
mod register_user;

pub use create_administrator::{
    Administrator, Appointed, CreateAdministrator, CreateAdministratorRejected,
};
pub use log_in::{LogIn, LogInRejected, LoggedIn};
pub use register_user::{RegisterUser, RegisterUserRejected, Registered};

use crate::{State, claims::Holdings};

/// What the rules need to know about an account.
#[derive(Debug, Default)]
pub(crate) struct User {
    pub(crate) holdings: Holdings,
    /// The revision up to which this was folded.
    pub(crate) revision: u64,
    pub(crate) role: Role,
    account: Option<UserRegistered>,
}

impl User {
    /// Whether somebody can be written to.
    pub(crate) fn exists(&self) -> bool {
        self.account.is_some()
    }

    /// Since when the account exists.
    pub(crate) fn registered_at(&self) -> Option<DateTime<Utc>> {
        self.account.as_ref().map(|account| account.at)
    }

    /// What is known about the person; nothing once their key is gone.
    pub(crate) fn personal(&self) -> Option<&UserPersonal> {
        self.account.as_ref()?.personal.clear()
    }
}

impl State for User {
    fn evolve(&mut self, revision: u64, fact: &Fact) {
        self.revision = revision;
        self.holdings.evolve(revision, fact);
        match fact {
            Fact::UserRegistered(fact) => self.account = Some(fact.clone()),
            Fact::UserRoleChanged(fact) => self.role = fact.role,
            Fact::ClaimVoided(_)
            | Fact::UserLoggedIn(_)
            | Fact::SessionEnded(_)
            | Fact::AdminAdded(_)
            | Fact::AdminRemoved(_)
            | Fact::ClaimTaken(_)
            | Fact::EventCreated(_)
            | Fact::MessageSent(_)
            | Fact::MessageRead(_)
            | Fact::VmCreated(_)
            | Fact::VmChanged(_)
            | Fact::VmAttached(_)
            | Fact::VmStopped(_)
            | Fact::VmDeleted(_)
            | Fact::DataKeyCreated(_)
            | Fact::IdsReserved(_)
            | Fact::LogFounded(_)
            | Fact::LoginAttempted(_)
            | Fact::LoginDecided(_) => {}
        }
    }
}
