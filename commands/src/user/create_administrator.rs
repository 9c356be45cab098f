//! Create the first administrator.

use chrono::{DateTime, Utc};
use eventlog::{AppendError, Position};
use schema::{
    EmailAddress, Fact, Password, Role, StreamName, UserId, UserRoleChanged,
    caps::DECIDE_ATTEMPTS_MAX,
};

use super::{User, registration::Newcomer};
use crate::{Commands, ExecuteError, LogFailure, Request, claims::Taken, decision::Decide};

/// The name of the administrator whom the configuration names.
const USERNAME: &str = "admin";

/// Make sure that there is an administrator with this address. Safe to repeat at every start, and
/// goes on where it was interrupted.
#[derive(Clone, Debug)]
pub struct CreateAdministrator {
    /// The address.
    pub email: EmailAddress,
    /// The password of a new account; that of an existing one, which is then promoted.
    pub password: Password,
}

/// Why [`CreateAdministrator`] is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreateAdministratorRejected {
    /// Somebody else has the address: no administrator, and with another password.
    #[error("address is taken")]
    EmailTaken,
}

/// What became of [`CreateAdministrator`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appointed {
    /// There is a new account.
    Created,
    /// The account was there, and may do more from here on.
    Promoted,
    /// Nothing was left to do for the account.
    Already,
}

/// The administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Administrator {
    /// Who.
    pub user: UserId,
    /// How.
    pub appointed: Appointed,
    /// Where in the log.
    pub position: Position,
}

/// The promotion of an existing account, with what had to be found out for it.
struct Promotion {
    user: UserId,
    password_right: bool,
}

impl Decide for Promotion {
    type State = User;
    type Rejected = CreateAdministratorRejected;

    fn decide(
        &self,
        user: &User,
        at: DateTime<Utc>,
    ) -> Result<Vec<Fact>, CreateAdministratorRejected> {
        if user.role == Role::Admin {
            return Ok(Vec::new());
        }
        if !self.password_right {
            return Err(CreateAdministratorRejected::EmailTaken);
        }
        Ok(vec![appointment(self.user, at)])
    }
}

/// The fact that makes `user` the administrator whom the configuration names.
pub(super) fn appointment(user: UserId, at: DateTime<Utc>) -> Fact {
    UserRoleChanged { user, role: Role::Admin, bootstrap: true, at }.into()
}

impl Commands {
    /// Runs [`CreateAdministrator`]. The account comes first, its entry in the roster of active
    /// administrators after it.
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn create_administrator(
        &self,
        command: &CreateAdministrator,
        request: &Request,
    ) -> Result<Administrator, ExecuteError<CreateAdministratorRejected>> {
        for _ in 0..DECIDE_ATTEMPTS_MAX {
            let Some((user, revision, appointed)) = self.appoint(command, request).await? else {
                continue;
            };
            let position = self.add_to_roster(user, revision, request).await?;
            return Ok(Administrator { user, appointed, position });
        }
        Err(ExecuteError::Contended)
    }

    /// The account of the administrator and the revision at which it is one; `None` when somebody
    /// else got in between.
    async fn appoint(
        &self,
        command: &CreateAdministrator,
        request: &Request,
    ) -> Result<Option<(UserId, u64, Appointed)>, ExecuteError<CreateAdministratorRejected>> {
        let Some((user, account)) = self.account_of(&command.email).await? else {
            return self.create(command, request).await;
        };
        let stored = account.state.password_hash();
        let password_right = account.state.role != Role::Admin
            && self.hasher.verify(&command.password, stored).await?;
        let facts = Promotion { user, password_right }
            .decide(&account.state, request.at)
            .map_err(ExecuteError::Rejected)?;
        if facts.is_empty() {
            return Ok(Some((user, account.state.revision, Appointed::Already)));
        }
        let stream = StreamName::User(user);
        match self.append(&stream, account.expected(), facts, request).await {
            Ok(appended) => Ok(Some((user, appended.revision.0, Appointed::Promoted))),
            Err(LogFailure::Append(AppendError::WrongRevision { .. })) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn create(
        &self,
        command: &CreateAdministrator,
        request: &Request,
    ) -> Result<Option<(UserId, u64, Appointed)>, ExecuteError<CreateAdministratorRejected>> {
        let password_hash = self.hasher.hash(&command.password).await?;
        let newcomer = Newcomer {
            email: Some(&command.email),
            phone: None,
            contact_email: None,
            username: USERNAME,
            password_hash: Some(&password_hash),
            administrator: true,
        };
        match self.register(&newcomer, request).await {
            Ok((registered, revision)) => Ok(Some((registered.user, revision, Appointed::Created))),
            Err(ExecuteError::Rejected(Taken)) => Ok(None),
            Err(error) => Err(error.map_rejected(|Taken| CreateAdministratorRejected::EmailTaken)),
        }
    }
}

#[cfg(test)]
mod tests;
