//! Open the first session of an account.

use chrono::{DateTime, Utc};
use eventlog::ExpectedRevision;
use schema::{Fact, SessionId, StreamName, UserId, UserLoggedIn};

use crate::{
    Commands, ExecuteError, Request,
    decision::Decide,
    handler::Loaded,
    random,
    user::{LoggedIn, User},
};

/// Begin a session of somebody who has just registered, and so has just told their password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenSession {
    /// Who.
    pub user: UserId,
}

/// Why [`OpenSession`] is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenSessionRejected {
    /// There is no such account, or not any more.
    #[error("account does not exist")]
    NoSuchUser,
    /// The account is closed.
    #[error("account is not active")]
    Inactive,
}

/// The command, with the id that had to be made for it.
struct Opening {
    user: UserId,
    session: SessionId,
}

impl Decide for Opening {
    type State = User;
    type Rejected = OpenSessionRejected;

    fn decide(&self, user: &User, at: DateTime<Utc>) -> Result<Vec<Fact>, OpenSessionRejected> {
        if !user.exists() {
            return Err(OpenSessionRejected::NoSuchUser);
        }
        if !user.active() {
            return Err(OpenSessionRejected::Inactive);
        }
        let logged_in = UserLoggedIn {
            session: self.session,
            user: self.user,
            user_revision: user.revision,
            first: true,
            at,
        };
        Ok(vec![logged_in.into()])
    }
}

impl Commands {
    /// Runs [`OpenSession`].
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn open_session(
        &self,
        command: &OpenSession,
        request: &Request,
    ) -> Result<LoggedIn, ExecuteError<OpenSessionRejected>> {
        let (user, session) = (command.user, SessionId(random::id()));
        let account: Loaded<User> = self.load_opened(&StreamName::User(user)).await?;
        let facts = Opening { user, session }
            .decide(&account.state, request.at)
            .map_err(ExecuteError::Rejected)?;
        let (stream, acting) = (StreamName::Session(session), request.acting_as(user, session));
        let begun = self.append(&stream, ExpectedRevision::NoStream, facts, &acting).await?;
        Ok(LoggedIn::of(&account.state, user, session, begun.position, request.at))
    }
}

#[cfg(test)]
mod tests {
    use schema::UserLoggedIn;

    use super::{OpenSessionRejected, Opening};
    use crate::testing::{ADA, NOON, SESSION, ada_deactivated, ada_erased, ada_registered, given};

    const OPENING: Opening = Opening { user: ADA, session: SESSION };

    #[test]
    fn whoever_has_registered_is_logged_in_and_nobody_is_told() {
        let login =
            UserLoggedIn { session: SESSION, user: ADA, user_revision: 0, first: true, at: NOON };
        given([ada_registered()]).when(&OPENING).then([login.into()]);
    }

    #[test]
    fn whoever_is_gone_or_closed_is_not_let_in() {
        given([ada_registered(), ada_erased()])
            .when(&OPENING)
            .then_rejected(&OpenSessionRejected::NoSuchUser);
        given([ada_registered(), ada_deactivated()])
            .when(&OPENING)
            .then_rejected(&OpenSessionRejected::Inactive);
    }
}
