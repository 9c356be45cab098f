//! Change several things about an account at once.

use chrono::{DateTime, Utc};
use schema::{EmailAddress, Fact, Line, Password, Role, SessionId, UserId};

use super::{
    Activate, AmendRejected, Amended, ChangeProfile, ChangeRole, Deactivate, ProveRejected, User,
    change_password::PasswordChange, change_profile::ProfileChange,
};
use crate::{Commands, ExecuteError, Request, claims::Claim, decision::Decide};

/// Change whatever is given, or nothing at all: the account then only counts as changed.
#[derive(Clone, Debug)]
pub struct ChangeAccount {
    /// Whose.
    pub user: UserId,
    /// The password that it has. Where it is given, it must be right, and a wrong one counts as a
    /// wrong login.
    pub current: Option<Password>,
    /// The new name.
    pub username: Option<Line>,
    /// The new address, or another spelling of the same.
    pub email: Option<EmailAddress>,
    /// The new password.
    pub password: Option<Password>,
    /// Whether it may be used.
    pub active: Option<bool>,
    /// Whether it is an administrator's.
    pub admin: Option<bool>,
    /// The session that outlives a change of the password.
    pub keep: Option<SessionId>,
}

/// Why [`ChangeAccount`] or [`super::ChangePassword`] is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeAccountRejected {
    /// The change is not allowed.
    #[error(transparent)]
    Amend(AmendRejected),
    /// The current password is not proven.
    #[error(transparent)]
    Proof(ProveRejected),
}

/// The command, with what had to be found out and made for it.
struct AccountChange<'a> {
    command: &'a ChangeAccount,
    profile: &'a ChangeProfile,
    claim: Option<&'a Claim>,
    password_hash: Option<&'a str>,
}

impl ChangeAccount {
    /// A change of nothing about `user`, to be completed.
    #[must_use]
    pub fn of(user: UserId) -> Self {
        Self {
            user,
            current: None,
            username: None,
            email: None,
            password: None,
            active: None,
            admin: None,
            keep: None,
        }
    }
}

impl Decide for AccountChange<'_> {
    type State = User;
    type Rejected = AmendRejected;

    /// All of it or nothing: the facts are appended together.
    fn decide(&self, account: &User, at: DateTime<Utc>) -> Result<Vec<Fact>, AmendRejected> {
        let ChangeAccount { user, active, admin, keep, .. } = *self.command;
        let mut facts = match active {
            Some(true) => Activate { user }.decide(account, at)?,
            Some(false) => Deactivate { user }.decide(account, at)?,
            None => Vec::new(),
        };
        let role = admin.map(|admin| match (admin, account.role) {
            (true, _) => Role::Admin,
            (false, Role::Admin | Role::User) => Role::User,
            (false, Role::Auditor) => Role::Auditor,
        });
        if let Some(role) = role {
            facts.extend(ChangeRole { user, role }.decide(account, at)?);
        }
        if let Some(password_hash) = self.password_hash {
            facts.extend(PasswordChange { user, password_hash, keep }.decide(account, at)?);
        }
        let named = self.profile.username.is_some() || self.profile.email.is_some();
        if named || facts.is_empty() {
            let change = ProfileChange { command: self.profile, claim: self.claim };
            facts.extend(change.decide(account, at)?);
        }
        Ok(facts)
    }
}

impl Commands {
    /// Runs [`ChangeAccount`].
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn change_account(
        &self,
        command: &ChangeAccount,
        request: &Request,
    ) -> Result<Amended, ExecuteError<ChangeAccountRejected>> {
        let before = self.amended_before(command.user, request).await;
        let before = before.map_err(|error| error.map_rejected(ChangeAccountRejected::Amend))?;
        if let Some(amended) = before {
            return Ok(amended);
        }
        if let Some(current) = &command.current {
            let proven = self.prove(command.user, current, request).await;
            proven.map_err(|error| error.map_rejected(ChangeAccountRejected::Proof))?;
        }
        let password_hash = match &command.password {
            Some(password) => Some(self.hasher.hash(password).await?),
            None => None,
        };
        let profile = ChangeProfile {
            user: command.user,
            username: command.username.clone(),
            email: command.email.clone(),
        };
        let claim = command.email.as_ref().map(|email| self.by_email(email).claim);
        let change = AccountChange {
            command,
            profile: &profile,
            claim: claim.as_ref(),
            password_hash: password_hash.as_deref(),
        };
        let amended = self.amend(command.user, &change, claim.as_ref(), request).await;
        amended.map_err(|error| error.map_rejected(ChangeAccountRejected::Amend))
    }
}

#[cfg(test)]
mod tests {
    use schema::{Personal, ProfilePersonal, Role, UserProfileChanged};

    use super::{AccountChange, ChangeAccount};
    use crate::{
        testing::{
            ADA, NOON, ada_deactivated, ada_password, ada_registered, ada_role, given, line,
        },
        user::{AmendRejected, ChangeProfile},
    };

    fn change<'a>(command: &'a ChangeAccount, profile: &'a ChangeProfile) -> AccountChange<'a> {
        let password_hash = command.password.as_ref().map(|_| "$argon2id$new");
        AccountChange { command, profile, claim: None, password_hash }
    }

    fn profile(command: &ChangeAccount) -> ChangeProfile {
        ChangeProfile { user: ADA, username: command.username.clone(), email: None }
    }

    fn named(username: &str) -> schema::Fact {
        let email = Some("Ada@Example.com".to_owned());
        let personal = Personal::Clear(ProfilePersonal { email, username: username.to_owned() });
        UserProfileChanged { user: ADA, email_claim: None, at: NOON, personal }.into()
    }

    #[test]
    fn everything_changes_together() {
        let command = ChangeAccount {
            username: Some(line("Countess")),
            password: Some(crate::testing::password("new")),
            active: Some(false),
            admin: Some(true),
            ..ChangeAccount::of(ADA)
        };
        given([ada_registered()]).when(&change(&command, &profile(&command))).then([
            ada_deactivated(),
            ada_role(Role::Admin),
            ada_password(None),
            named("Countess"),
        ]);
    }

    #[test]
    fn what_is_so_already_is_left_alone_and_the_account_counts_as_changed() {
        let command =
            ChangeAccount { active: Some(true), admin: Some(false), ..ChangeAccount::of(ADA) };
        given([ada_registered()]).when(&change(&command, &profile(&command))).then([named("Ada")]);
    }

    #[test]
    fn an_auditor_who_is_to_be_no_administrator_stays_an_auditor() {
        let command = ChangeAccount { admin: Some(false), ..ChangeAccount::of(ADA) };
        given([ada_registered(), ada_role(Role::Auditor)])
            .when(&change(&command, &profile(&command)))
            .then([named("Ada")]);
    }

    #[test]
    fn nobody_changes_nothing() {
        let command = ChangeAccount::of(ADA);
        given([])
            .when(&change(&command, &profile(&command)))
            .then_rejected(&AmendRejected::NoSuchUser);
    }
}
