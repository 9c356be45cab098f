//! Log in.

use chrono::{DateTime, Utc};
use eventlog::{Direction, ExpectedRevision, Position, StreamFrom};
use schema::{EmailAddress, Fact, Password, Role, SessionId, StreamName, UserId, UserLoggedIn};

use super::User;
use crate::{Commands, ExecuteError, Request, decision::Decide, handler::Loaded, random};

/// Begin a session with an address and a password.
#[derive(Clone, Debug)]
pub struct LogIn {
    /// The address; none when what was typed cannot be one, which costs as much as a wrong password.
    pub email: Option<EmailAddress>,
    /// The password.
    pub password: Password,
}

/// Why [`LogIn`] is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogInRejected {
    /// There is no such account, or its password is another one: nobody is told which.
    #[error("address or password is wrong")]
    WrongCredentials,
}

/// A new session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedIn {
    /// Which.
    pub session: SessionId,
    /// Whose.
    pub user: UserId,
    /// The address of the account, as spelled there.
    pub email: Option<String>,
    /// What the account may do.
    pub role: Role,
    /// Since when the account exists.
    pub registered_at: DateTime<Utc>,
    /// Where in the log.
    pub position: Position,
}

/// The command, with what had to be found out for it.
struct Verified {
    user: UserId,
    session: SessionId,
    password_right: bool,
}

impl Decide for Verified {
    type State = User;
    type Rejected = LogInRejected;

    fn decide(&self, user: &User, at: DateTime<Utc>) -> Result<Vec<Fact>, LogInRejected> {
        if !user.exists() || !self.password_right {
            return Err(LogInRejected::WrongCredentials);
        }
        let logged_in = UserLoggedIn {
            session: self.session,
            user: self.user,
            user_revision: user.revision,
            at,
        };
        Ok(vec![logged_in.into()])
    }
}

impl Commands {
    /// Runs [`LogIn`]. An unknown address is hashed against as well, so that it takes as long.
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn log_in(
        &self,
        command: &LogIn,
        request: &Request,
    ) -> Result<LoggedIn, ExecuteError<LogInRejected>> {
        let account = match &command.email {
            Some(email) => self.account_of(email).await?,
            None => None,
        };
        let (user, loaded) = account.unwrap_or_else(|| (UserId(0), Loaded::default()));
        let personal = loaded.state.personal();
        let stored = personal.and_then(|personal| personal.password_hash.as_deref());
        let password_right = self.hasher.verify(&command.password, stored).await?;

        let session = SessionId(random::id());
        let facts = Verified { user, session, password_right }
            .decide(&loaded.state, request.at)
            .map_err(ExecuteError::Rejected)?;
        let email = personal.and_then(|personal| personal.email.clone());
        let registered_at = loaded.state.registered_at().unwrap_or(request.at);
        let request = request.acting_as(user, session);
        let stream = StreamName::Session(session);
        let appended = self.append(&stream, ExpectedRevision::NoStream, facts, &request).await?;
        let (role, position) = (loaded.state.role, appended.position);
        Ok(LoggedIn { session, user, email, role, registered_at, position })
    }

    /// The account that uses `email`, as its own fold says.
    pub(super) async fn account_of<R>(
        &self,
        email: &EmailAddress,
    ) -> Result<Option<(UserId, Loaded<User>)>, ExecuteError<R>> {
        let claim = self.vault.claim("email", &email.key());
        let stream = StreamName::EmailClaim(claim.clone()).to_string();
        let last = self.log.read_stream(&stream, StreamFrom::End, Direction::Backwards, 1).await?;
        let Some(last) = last.first() else { return Ok(None) };
        let fact = Fact::read(&last.kind, &last.data).map_err(vault::VaultError::from)?;
        let Fact::ClaimTaken(taken) = fact else { return Ok(None) };
        let Some(owner @ StreamName::User(user)) = StreamName::parse_owner(&taken.owner) else {
            return Ok(None);
        };
        let account: Loaded<User> = self.load_opened(&owner).await?;
        Ok(account.state.holdings.holds(&claim).then_some((user, account)))
    }
}

#[cfg(test)]
mod tests {
    use schema::UserLoggedIn;

    use super::{LogInRejected, Verified};
    use crate::testing::{ADA, NOON, SESSION, ada_registered, given, voided};

    fn verified(password_right: bool) -> Verified {
        Verified { user: ADA, session: SESSION, password_right }
    }

    #[test]
    fn the_right_password_begins_a_session_at_the_revision_that_was_read() {
        let logged_in = UserLoggedIn { session: SESSION, user: ADA, user_revision: 1, at: NOON };
        given([voided(), ada_registered()]).when(&verified(true)).then([logged_in.into()]);
    }

    #[test]
    fn a_wrong_password_is_refused() {
        given([ada_registered()])
            .when(&verified(false))
            .then_rejected(&LogInRejected::WrongCredentials);
    }

    #[test]
    fn an_account_that_does_not_exist_is_refused_with_the_same_words() {
        given([]).when(&verified(true)).then_rejected(&LogInRejected::WrongCredentials);
    }
}
