//! Log in.

use std::panic::resume_unwind;

use chrono::{DateTime, Utc};
use eventlog::{Direction, ExpectedRevision, Position, StreamFrom};
use schema::{EmailAddress, Fact, Password, Role, SessionId, StreamName, UserId, UserLoggedIn};

use super::User;
use crate::{
    Commands, ExecuteError, Request, attempts::TooMany, decision::Decide, handler::Loaded, random,
};

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
    /// Too many wrong passwords for that address, whether it has an account or not.
    #[error("too many wrong passwords")]
    TooMany {
        /// When the next attempt is let in.
        until: DateTime<Utc>,
    },
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
    /// Runs [`LogIn`]. An unknown address is hashed against as well, so that it takes as long, and
    /// counts its wrong passwords as well, so that it is closed as soon.
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn log_in(
        &self,
        command: &LogIn,
        request: &Request,
    ) -> Result<LoggedIn, ExecuteError<LogInRejected>> {
        // What was let in is decided, whether or not the client waits for it: hanging up must not
        // make guesses free.
        let (commands, command, request) = (self.clone(), command.clone(), request.clone());
        let decided =
            tokio::spawn(async move { Box::pin(commands.try_to_log_in(&command, &request)).await });
        decided.await.unwrap_or_else(|ended| match ended.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The process is going away, and nobody is left who could be told.
            Err(_) => Err(ExecuteError::Contended),
        })
    }

    async fn try_to_log_in(
        &self,
        command: &LogIn,
        request: &Request,
    ) -> Result<LoggedIn, ExecuteError<LogInRejected>> {
        let Some(email) = &command.email else {
            self.hasher.verify(&command.password, None).await?;
            return Err(ExecuteError::Rejected(LogInRejected::WrongCredentials));
        };
        let whose = self.vault.claim("attempts", &email.key());
        let attempt = self.attempt(&whose, request).await;
        let attempt = attempt.map_err(|error| error.map_rejected(LogInRejected::from))?;

        let (user, loaded) =
            self.account_of(email).await?.unwrap_or((UserId(0), Loaded::default()));
        let personal = loaded.state.personal();
        let stored = personal.and_then(|personal| personal.password_hash.as_deref());
        let password_right = self.hasher.verify(&command.password, stored).await?;

        let session = SessionId(random::id());
        let decided = Verified { user, session, password_right }.decide(&loaded.state, request.at);
        let outcome = self.decided(attempt, decided.is_ok(), request);
        let facts = match decided {
            Ok(facts) => facts,
            Err(rejected) => {
                outcome.await?;
                return Err(ExecuteError::Rejected(rejected));
            }
        };
        let acting = request.acting_as(user, session);
        let stream = StreamName::Session(session);
        let begins = async {
            let expected = ExpectedRevision::NoStream;
            Ok(self.append(&stream, expected, facts, &acting).await?.position)
        };
        let ((), position) = tokio::try_join!(outcome, begins)?;
        let email = personal.and_then(|personal| personal.email.clone());
        let registered_at = loaded.state.registered_at().unwrap_or(request.at);
        let role = loaded.state.role;
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

impl From<TooMany> for LogInRejected {
    fn from(TooMany { until }: TooMany) -> Self {
        Self::TooMany { until }
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
