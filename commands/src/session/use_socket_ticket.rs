//! Use a socket ticket.

use chrono::{DateTime, Utc};
use eventlog::{AppendError, Position};
use schema::{Fact, SessionId, SocketTicketUsed, StreamName, caps::DECIDE_ATTEMPTS_MAX};
use uuid::Uuid;

use super::Session;
use crate::{
    Commands, ExecuteError, LogFailure, Request, decision::Decide, handler::Loaded, random,
};

/// Open one socket with a ticket that was given to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UseSocketTicket {
    /// Which session.
    pub session: SessionId,
    /// Which ticket.
    pub ticket: Uuid,
}

/// Why [`UseSocketTicket`] is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UseSocketTicketRejected {
    /// The session has never begun, or is over.
    #[error("session is over")]
    Over,
    /// It has opened a socket already.
    #[error("ticket was used before")]
    Used,
}

impl Decide for UseSocketTicket {
    type State = Session;
    type Rejected = UseSocketTicketRejected;

    fn decide(
        &self,
        session: &Session,
        at: DateTime<Utc>,
    ) -> Result<Vec<Fact>, UseSocketTicketRejected> {
        if session.login().is_none() || session.ended {
            return Err(UseSocketTicketRejected::Over);
        }
        if session.tickets.contains(&self.ticket) {
            return Err(UseSocketTicketRejected::Used);
        }
        Ok(vec![SocketTicketUsed { ticket: self.ticket, at }.into()])
    }
}

impl Commands {
    /// Runs [`UseSocketTicket`]. The fact has a random id: two who come with one ticket must not both
    /// be told that they were first.
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn use_socket_ticket(
        &self,
        command: &UseSocketTicket,
        request: &Request,
    ) -> Result<Position, ExecuteError<UseSocketTicketRejected>> {
        let stream = StreamName::Session(command.session);
        for _ in 0..DECIDE_ATTEMPTS_MAX {
            let loaded: Loaded<Session> = self.load_sealed(&stream.to_string()).await?;
            let facts =
                command.decide(&loaded.state, request.at).map_err(ExecuteError::Rejected)?;
            let by_chance = Request { id: random::id(), ..request.clone() };
            match self.settle(&stream, &loaded, facts, &by_chance).await {
                // Used by somebody else, or the session has gone on.
                Err(LogFailure::Append(AppendError::WrongRevision { .. })) => {}
                settled => return Ok(settled?),
            }
        }
        Err(ExecuteError::Contended)
    }
}

#[cfg(test)]
mod tests {
    use futures::future::join_all;
    use schema::{Fact, SocketTicketUsed};
    use uuid::Uuid;

    use super::{UseSocketTicket, UseSocketTicketRejected};
    use crate::{
        ExecuteError,
        testing::{NOON, SESSION, Scene, ada_logged_in, ada_logged_out, given, newcomer, request},
        user::LogIn,
    };

    const USE: UseSocketTicket = UseSocketTicket { session: SESSION, ticket: Uuid::from_u128(10) };

    fn used() -> Fact {
        SocketTicketUsed { ticket: USE.ticket, at: NOON }.into()
    }

    #[test]
    fn a_ticket_opens_a_socket_once() {
        given([ada_logged_in()]).when(&USE).then([used()]);
        given([ada_logged_in(), used()]).when(&USE).then_rejected(&UseSocketTicketRejected::Used);
        let other = UseSocketTicket { ticket: Uuid::from_u128(11), ..USE };
        let other_used = SocketTicketUsed { ticket: other.ticket, at: NOON };
        given([ada_logged_in(), used()]).when(&other).then([other_used.into()]);
    }

    #[test]
    fn a_ticket_of_a_session_that_is_over_opens_nothing() {
        given([]).when(&USE).then_rejected(&UseSocketTicketRejected::Over);
        given([ada_logged_in(), ada_logged_out()])
            .when(&USE)
            .then_rejected(&UseSocketTicketRejected::Over);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_many_who_come_with_one_ticket_one_is_let_in() {
        let scene = Scene::open().await;
        let ada = newcomer("Ada");
        scene.commands.register_user(&ada, &request()).await.unwrap();
        let credentials = LogIn { email: Some(ada.email), password: ada.password };
        let session = scene.commands.log_in(&credentials, &request()).await.unwrap().session;
        let command = UseSocketTicket { session, ticket: Uuid::from_u128(10) };
        let processes = [scene.commands.clone(), scene.other_process()];
        // One request, as if its client had sent it to two instances.
        let request = request();
        let tries = processes.iter().cycle().take(6);
        let tries = tries.map(|commands| commands.use_socket_ticket(&command, &request));
        let (let_in, refused): (Vec<_>, Vec<_>) =
            join_all(tries).await.into_iter().partition(Result::is_ok);
        assert_eq!(let_in.len(), 1);
        for refused in refused {
            let used = ExecuteError::Rejected(UseSocketTicketRejected::Used);
            assert_eq!(format!("{:?}", refused.unwrap_err()), format!("{used:?}"));
        }
        scene.close().await;
    }
}
