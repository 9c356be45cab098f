//! Log in.

use chrono::{DateTime, Utc};
use eventlog::{ExpectedRevision, Position};
use schema::{
    EmailAddress, Fact, Password, PasswordPersonal, Personal, Role, SessionId, StreamName, UserId,
    UserLoggedIn, UserPasswordRehashed,
};
use tracing::debug;

use super::{
    User,
    credentials::{Credential, to_its_end},
};
use crate::{
    Commands, ExecuteError, Request, attempts::TooMany, decision::Decide, handler::Loaded,
    password::is_current, random,
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
    /// The password is right, and the account is closed.
    #[error("account is not active")]
    Inactive,
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
    /// The phone number of the account, as spelled there.
    pub phone_number: Option<String>,
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
        if !user.active() {
            return Err(LogInRejected::Inactive);
        }
        let logged_in = UserLoggedIn {
            session: self.session,
            user: self.user,
            user_revision: user.revision,
            first: false,
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
        let credential = command.email.as_ref().map(|email| self.by_email(email));
        self.log_in_with(credential, &command.password, request).await
    }

    /// Begins a session of whoever `credential` and `password` prove. What was let in is decided,
    /// whether or not the client waits for it.
    pub(super) async fn log_in_with(
        &self,
        credential: Option<Credential>,
        password: &Password,
        request: &Request,
    ) -> Result<LoggedIn, ExecuteError<LogInRejected>> {
        let (commands, password, request) = (self.clone(), password.clone(), request.clone());
        to_its_end(async move {
            Box::pin(commands.try_to_log_in(credential.as_ref(), &password, &request)).await
        })
        .await
    }

    async fn try_to_log_in(
        &self,
        credential: Option<&Credential>,
        password: &Password,
        request: &Request,
    ) -> Result<LoggedIn, ExecuteError<LogInRejected>> {
        let Some(credential) = credential else {
            self.hasher.verify(password, None).await?;
            return Err(ExecuteError::Rejected(LogInRejected::WrongCredentials));
        };
        let attempt = self.attempt(&credential.attempts, request).await;
        let attempt = attempt.map_err(|error| error.map_rejected(LogInRejected::from))?;

        let account = self.account_with(&credential.claim).await?;
        let (user, loaded) = account.unwrap_or((UserId(0), Loaded::default()));
        let account = &loaded.state;
        let password_right = self.hasher.verify(password, account.password_hash()).await?;

        let session = SessionId(random::id());
        let decided = Verified { user, session, password_right }.decide(account, request.at);
        let right = !matches!(decided, Err(LogInRejected::WrongCredentials));
        let outcome = self.decided(attempt, right, request);
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
            self.has_decided_a_login().await;
            let expected = ExpectedRevision::NoStream;
            Ok(self.append(&stream, expected, facts, &acting).await?.position)
        };
        let ((), position) = tokio::try_join!(outcome, begins)?;
        self.rehash(user, &loaded, password, &acting).await;
        Ok(LoggedIn::of(account, user, session, position, request.at))
    }

    /// Stores the password in today's form, where it is stored in a weaker one. Where that does not
    /// succeed, the next login does it.
    async fn rehash(
        &self,
        user: UserId,
        account: &Loaded<User>,
        password: &Password,
        request: &Request,
    ) {
        if account.state.password_hash().is_none_or(is_current) {
            return;
        }
        let Ok(password_hash) = self.hasher.hash::<LogInRejected>(password).await else { return };
        let rehashed = UserPasswordRehashed {
            user,
            at: request.at,
            personal: Personal::Clear(PasswordPersonal { password_hash }),
        };
        let stream = StreamName::User(user);
        let stored = self.append(&stream, account.expected(), vec![rehashed.into()], request).await;
        if let Err(failure) = stored {
            debug!(error = %failure, "a password keeps its weaker hash");
        }
    }

    /// The account that uses `email`, as its own fold says.
    pub(super) async fn account_of<R>(
        &self,
        email: &EmailAddress,
    ) -> Result<Option<(UserId, Loaded<User>)>, ExecuteError<R>> {
        self.account_with(&self.by_email(email).claim).await
    }
}

impl LoggedIn {
    /// The session of `user`, whose account was folded to `account`.
    pub(crate) fn of(
        account: &User,
        user: UserId,
        session: SessionId,
        position: Position,
        at: DateTime<Utc>,
    ) -> Self {
        let personal = account.personal();
        Self {
            session,
            user,
            email: personal.and_then(|personal| personal.email.clone()),
            phone_number: personal.and_then(|personal| personal.phone_number.clone()),
            role: account.role,
            registered_at: account.registered_at().unwrap_or(at),
            position,
        }
    }
}

impl From<TooMany> for LogInRejected {
    fn from(TooMany { until }: TooMany) -> Self {
        Self::TooMany { until }
    }
}

#[cfg(test)]
mod tests;
