//! End an account's sessions.

use chrono::{DateTime, Utc};
use schema::{Fact, SessionId, UserId, UserSessionsEnded};

use super::{AmendRejected, Amended, User};
use crate::{Commands, ExecuteError, Request, decision::Decide};

/// End all sessions of somebody, or all but one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndSessions {
    /// Whose.
    pub user: UserId,
    /// The session that goes on.
    pub keep: Option<SessionId>,
}

impl Decide for EndSessions {
    type State = User;
    type Rejected = AmendRejected;

    fn decide(&self, user: &User, at: DateTime<Utc>) -> Result<Vec<Fact>, AmendRejected> {
        if !user.exists() {
            return Err(AmendRejected::NoSuchUser);
        }
        // Nothing lists sessions, so whether there are any is not asked.
        Ok(vec![UserSessionsEnded { user: self.user, keep: self.keep, at }.into()])
    }
}

impl Commands {
    /// Runs [`EndSessions`].
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn end_sessions(
        &self,
        command: &EndSessions,
        request: &Request,
    ) -> Result<Amended, ExecuteError<AmendRejected>> {
        self.amend(command.user, command, None, request).await
    }
}

#[cfg(test)]
mod tests {
    use schema::UserSessionsEnded;

    use super::EndSessions;
    use crate::{
        testing::{ADA, NOON, SESSION, ada_registered, given},
        user::AmendRejected,
    };

    const END: EndSessions = EndSessions { user: ADA, keep: Some(SESSION) };

    #[test]
    fn sessions_end_but_the_one_that_is_kept() {
        let ended = UserSessionsEnded { user: ADA, keep: Some(SESSION), at: NOON };
        given([ada_registered()]).when(&END).then([ended.into()]);
    }

    #[test]
    fn nobody_has_no_sessions() {
        given([]).when(&END).then_rejected(&AmendRejected::NoSuchUser);
    }
}
