//! Facts about accounts and sessions.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{ClaimHash, Personal, Role, SessionId, UserId};

/// Body of [`super::UserFact::UserRegistered`], in `user-<id>`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserRegistered {
    /// Who.
    pub user: UserId,
    /// The claim on the address that this account uses from here on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_claim: Option<ClaimHash>,
    /// The claim on the phone number that this account uses from here on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_claim: Option<ClaimHash>,
    /// When the command was accepted.
    pub at: DateTime<Utc>,
    /// What is known about the person.
    pub personal: Personal<UserPersonal>,
}

/// What an account knows about its person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserPersonal {
    /// The phone number as it was spelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// Where somebody with a phone number may be written to. Nobody has checked it, several may give
    /// the same, and nobody logs in with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_email: Option<String>,
    /// The address as it was spelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The name shown to others.
    pub username: String,
    /// PHC string; none for an account without a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_hash: Option<String>,
}

/// Body of [`super::SessionFact::UserLoggedIn`], in `session-<uuid>`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserLoggedIn {
    /// The session that begins.
    pub session: SessionId,
    /// Whose.
    pub user: UserId,
    /// The revision of `user-<id>` at which this was decided. A later fact there that ends sessions
    /// ends this one, even if it was appended before.
    pub user_revision: u64,
    /// Whether it begins with the registration, so that nobody is told of a login.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub first: bool,
    /// When the command was accepted.
    pub at: DateTime<Utc>,
}

/// Body of [`super::SessionFact::SessionEnded`], in `session-<uuid>`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionEnded {
    /// The session that is over.
    pub session: SessionId,
    /// Whose.
    pub user: UserId,
    /// Why.
    pub reason: SessionEndReason,
    /// When the command was accepted.
    pub at: DateTime<Utc>,
}

/// Why a session is over. Stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionEndReason {
    /// Its owner logged out.
    LoggedOut,
}

impl SessionEndReason {
    /// Its stored name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LoggedOut => "logged-out",
        }
    }
}

/// Body of [`super::UserFact::UserRoleChanged`], in `user-<id>`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserRoleChanged {
    /// Who.
    pub user: UserId,
    /// What they may do from here on.
    pub role: Role,
    /// Whether this is the administrator whom the configuration names, and whom public lists leave
    /// out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bootstrap: bool,
    /// When the command was accepted.
    pub at: DateTime<Utc>,
}
