//! Take note that a session is in use.

use std::convert::Infallible;

use chrono::{DateTime, Utc};
use eventlog::AppendError;
use schema::{Fact, SessionId, SessionSeen, StreamName, caps::SESSION_SEEN_EVERY};

use super::Session;
use crate::{Commands, ExecuteError, LogFailure, Request, decision::Decide, handler::Loaded};

/// Take note that a session is in use, and where from, unless that was done lately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeeSession {
    /// Which.
    pub session: SessionId,
}

impl Decide for SeeSession {
    type State = Session;
    type Rejected = Infallible;

    fn decide(&self, session: &Session, at: DateTime<Utc>) -> Result<Vec<Fact>, Infallible> {
        let Some(login) = session.login().filter(|_| !session.ended) else {
            return Ok(Vec::new());
        };
        if at - session.seen_at.unwrap_or(login.at) < SESSION_SEEN_EVERY {
            return Ok(Vec::new());
        }
        Ok(vec![SessionSeen { session: self.session, user: login.user, at }.into()])
    }
}

impl Commands {
    /// Runs [`SeeSession`]. Of several at once one is enough.
    ///
    /// # Errors
    ///
    /// [`ExecuteError`]; it is never refused.
    pub async fn see_session(
        &self,
        command: &SeeSession,
        request: &Request,
    ) -> Result<(), ExecuteError<Infallible>> {
        let stream = StreamName::Session(command.session);
        let loaded: Loaded<Session> = self.load_sealed(&stream.to_string()).await?;
        let facts = command.decide(&loaded.state, request.at).map_err(ExecuteError::Rejected)?;
        if facts.is_empty() {
            return Ok(());
        }
        match self.append(&stream, loaded.expected(), facts, request).await {
            Ok(_) | Err(LogFailure::Append(AppendError::WrongRevision { .. })) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use schema::{Fact, SessionSeen, caps::SESSION_SEEN_EVERY};

    use super::SeeSession;
    use crate::{
        decision::Decide,
        session::Session,
        testing::{ADA, NOON, SESSION, ada_logged_in, ada_logged_out, fold, given},
    };

    const SEE: SeeSession = SeeSession { session: SESSION };

    #[test]
    fn it_is_noted_once_in_a_while() {
        let session: Session = fold(&[ada_logged_in()]);
        let later = NOON + SESSION_SEEN_EVERY;
        assert_eq!(SEE.decide(&session, later - chrono::TimeDelta::microseconds(1)), Ok(vec![]));
        let seen = Fact::from(SessionSeen { session: SESSION, user: ADA, at: later });
        assert_eq!(SEE.decide(&session, later), Ok(vec![seen.clone()]));
        let again: Session = fold(&[ada_logged_in(), seen]);
        assert_eq!(SEE.decide(&again, later), Ok(vec![]));
    }

    #[test]
    fn there_is_nothing_to_note_of_what_is_over() {
        given([ada_logged_in(), ada_logged_out()]).when(&SEE).then([]);
        given([]).when(&SEE).then([]);
    }
}
