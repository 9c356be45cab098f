//! Log out.

use std::convert::Infallible;

use chrono::{DateTime, Utc};
use eventlog::{AppendError, Position};
use schema::{
    Fact, SessionEndReason, SessionEnded, SessionId, StreamName, caps::DECIDE_ATTEMPTS_MAX,
};

use super::Session;
use crate::{Commands, ExecuteError, LogFailure, Request, decision::Decide, handler::Loaded};

/// End a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogOut {
    /// Which. There is nothing to do where it is unknown or over.
    pub session: SessionId,
}

impl Decide for LogOut {
    type State = Session;
    type Rejected = Infallible;

    fn decide(&self, session: &Session, at: DateTime<Utc>) -> Result<Vec<Fact>, Infallible> {
        let Some(login) = session.login().filter(|_| !session.ended) else {
            return Ok(Vec::new());
        };
        let reason = SessionEndReason::LoggedOut;
        Ok(vec![SessionEnded { session: self.session, user: login.user, reason, at }.into()])
    }
}

impl Commands {
    /// Runs [`LogOut`]. Tells the place of the session's last fact; nothing for an unknown one.
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn log_out(
        &self,
        command: &LogOut,
        request: &Request,
    ) -> Result<Option<Position>, ExecuteError<Infallible>> {
        let stream = StreamName::Session(command.session);
        for _ in 0..DECIDE_ATTEMPTS_MAX {
            let loaded: Loaded<Session> = self.load_sealed_for(&stream, request).await?;
            if loaded.done {
                return Ok(loaded.position);
            }
            let facts =
                command.decide(&loaded.state, request.at).map_err(ExecuteError::Rejected)?;
            if facts.is_empty() {
                return Ok(loaded.position);
            }
            match self.append(&stream, loaded.expected(), facts, request).await {
                Ok(appended) => return Ok(Some(appended.position)),
                Err(LogFailure::Append(AppendError::WrongRevision { .. })) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ExecuteError::Contended)
    }
}

#[cfg(test)]
mod tests {
    use super::LogOut;
    use crate::{
        testing::{SESSION, Scene, ada_logged_in, ada_logged_out, given, newcomer, request},
        user::LogIn,
    };

    const LOG_OUT: LogOut = LogOut { session: SESSION };

    #[test]
    fn a_session_ends() {
        given([ada_logged_in()]).when(&LOG_OUT).then([ada_logged_out()]);
    }

    #[test]
    fn a_session_that_is_over_does_not_end_again() {
        given([ada_logged_in(), ada_logged_out()]).when(&LOG_OUT).then([]);
    }

    #[test]
    fn there_is_nothing_to_end_where_no_session_began() {
        given([]).when(&LOG_OUT).then([]);
    }

    #[tokio::test]
    async fn a_session_lives_in_the_log_until_it_is_logged_out() {
        let scene = Scene::open().await;
        let (commands, ada) = (&scene.commands, newcomer("Ada"));
        let registered = commands.register_user(&ada, &request()).await.unwrap();
        let credentials = LogIn { email: Some(ada.email), password: ada.password };
        let session = commands.log_in(&credentials, &request()).await.unwrap().session;
        let living = commands.living_session(session).await.unwrap().unwrap();
        assert_eq!((living.session, living.user), (session, registered.user));

        let first = commands.log_out(&LogOut { session }, &request()).await.unwrap();
        assert_eq!(commands.living_session(session).await.unwrap(), None);
        let second = commands.log_out(&LogOut { session }, &request()).await.unwrap();
        assert!(first.is_some());
        assert_eq!(first, second);
        assert_eq!(commands.log_out(&LOG_OUT, &request()).await.unwrap(), None);
        scene.close().await;
    }
}
