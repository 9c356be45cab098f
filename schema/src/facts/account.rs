//! Facts about an account after it was registered, all in `user-<id>`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{ClaimHash, Personal, SessionId, UserId};

/// Body of [`super::UserFact::UserProfileChanged`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserProfileChanged {
    /// Who.
    pub user: UserId,
    /// The claims on the address, where it is another one from here on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_claim: Option<ClaimMoved>,
    /// When the command was accepted.
    pub at: DateTime<Utc>,
    /// The whole profile from here on.
    pub personal: Personal<ProfilePersonal>,
}

/// One claim instead of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimMoved {
    /// The claim that is free from here on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<ClaimHash>,
    /// The claim that is used from here on.
    pub new: ClaimHash,
}

/// What others see of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfilePersonal {
    /// The address as it was spelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The name shown to others.
    pub username: String,
}

/// Body of [`super::UserFact::UserPasswordChanged`]. Ends all sessions decided before it but one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserPasswordChanged {
    /// Who.
    pub user: UserId,
    /// The session that goes on: the one that made the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<SessionId>,
    /// When the command was accepted.
    pub at: DateTime<Utc>,
    /// The new one.
    pub personal: Personal<PasswordPersonal>,
}

/// Body of [`super::UserFact::UserPasswordRehashed`]. The password is the same, and no session
/// ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserPasswordRehashed {
    /// Who.
    pub user: UserId,
    /// When it was done.
    pub at: DateTime<Utc>,
    /// The new hash.
    pub personal: Personal<PasswordPersonal>,
}

/// What proves a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordPersonal {
    /// PHC string.
    pub password_hash: String,
}

/// Body of [`super::UserFact::UserActivated`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserActivated {
    /// Who.
    pub user: UserId,
    /// When the command was accepted.
    pub at: DateTime<Utc>,
}

/// Body of [`super::UserFact::UserDeactivated`]. Ends all sessions decided before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserDeactivated {
    /// Who.
    pub user: UserId,
    /// When the command was accepted.
    pub at: DateTime<Utc>,
}

/// Body of [`super::UserFact::UserSessionsEnded`]. Ends all sessions decided before it but one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserSessionsEnded {
    /// Who.
    pub user: UserId,
    /// The session that goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<SessionId>,
    /// When the command was accepted.
    pub at: DateTime<Utc>,
}

/// Body of [`super::UserFact::ResetLinkIssued`]. It counts instead of any that was issued before,
/// until the account has another password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResetLinkIssued {
    /// Whose password it is for.
    pub user: UserId,
    /// The keyed hash of the text, which stands nowhere.
    pub hash: ClaimHash,
    /// When it opens nothing any more.
    pub expires_at: DateTime<Utc>,
    /// When the command was accepted.
    pub at: DateTime<Utc>,
}

/// Body of [`super::UserFact::ResetLinkUsed`]. The new password is the fact behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResetLinkUsed {
    /// Whose password it was for.
    pub user: UserId,
    /// The keyed hash of the text.
    pub hash: ClaimHash,
    /// When the command was accepted.
    pub at: DateTime<Utc>,
}

/// Body of [`super::UserFact::UserClaimed`]. The account keeps its id and its age.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserClaimed {
    /// Who.
    pub user: UserId,
    /// When the command was accepted.
    pub at: DateTime<Utc>,
    /// What is known about the person from here on.
    pub personal: Personal<ClaimedPersonal>,
}

/// What somebody says who claims an account that had no password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimedPersonal {
    /// The address in their own spelling.
    pub email: String,
    /// The name shown to others.
    pub username: String,
    /// PHC string.
    pub password_hash: String,
}

/// Body of [`super::UserFact::DirectorySpellingAdded`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DirectorySpellingAdded {
    /// Who.
    pub user: UserId,
    /// When the command was accepted.
    pub at: DateTime<Utc>,
    /// The spelling.
    pub personal: Personal<SpellingPersonal>,
}

/// How the directory was told an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpellingPersonal {
    /// The address, letter by letter.
    pub email: String,
}

/// Body of [`super::UserFact::UserErased`]. From here on there is no such account, whether or not
/// its data key is gone yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserErased {
    /// Who.
    pub user: UserId,
    /// When the command was accepted.
    pub at: DateTime<Utc>,
}

/// Body of [`super::UserFact::ErasureCompleted`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ErasureCompleted {
    /// Who.
    pub user: UserId,
    /// When their data key was found to be gone.
    pub at: DateTime<Utc>,
}
