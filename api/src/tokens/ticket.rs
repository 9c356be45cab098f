//! Socket tickets: what a page opens a socket with, because it cannot send a header along, and an
//! access token does not belong into a URL.

use chrono::{DateTime, Utc};
use commands::{
    ExecuteError, Request,
    session::{UseSocketTicket, UseSocketTicketRejected},
};
use schema::{
    SessionId, UserId,
    caps::{TICKET_SECONDS, TOKEN_BYTES_MAX},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{AUDIENCE, Bearer, ISSUER, Tokens};
use crate::App;

/// What a ticket says.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    user_id: i64,
    token_type: String,
    sid: SessionId,
    jti: Uuid,
    /// When the access token ends that it was given for, and the socket with it.
    until: i64,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// A ticket that is genuine, and may have been used before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    id: Uuid,
    bearer: Bearer,
}

/// Why a ticket opens nothing.
#[derive(Debug)]
pub(crate) enum TicketRefused {
    /// It is none of ours, is too old, was used before, or its session is over: nobody is told which.
    Invalid,
    /// It cannot be told.
    Failed(ExecuteError<std::convert::Infallible>),
}

impl Tokens {
    /// A ticket for whoever is `bearer`, and when it ends.
    pub(crate) fn issue_ticket(
        &self,
        bearer: Bearer,
        at: DateTime<Utc>,
    ) -> (String, DateTime<Utc>) {
        let now = at.timestamp();
        let ends = (now + TICKET_SECONDS).min(bearer.expires);
        let ticket = self.sign(&Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: bearer.user.to_string(),
            user_id: bearer.user.0,
            token_type: "ticket".to_owned(),
            sid: bearer.session,
            jti: crate::clock::request_id(),
            until: bearer.expires,
            iat: now,
            nbf: now,
            exp: ends,
        });
        (ticket, DateTime::from_timestamp(ends, 0).unwrap_or(at))
    }

    /// What `ticket` proves, if it counts at `at` and has not been used.
    pub(crate) fn read_ticket(&self, ticket: &str, at: DateTime<Utc>) -> Option<Ticket> {
        if ticket.len() > TOKEN_BYTES_MAX {
            return None;
        }
        let claims: Claims = self.read(ticket)?;
        // To the second, for it was made here a moment ago.
        let counts = claims.token_type == "ticket" && at.timestamp() < claims.exp;
        let bearer =
            Bearer { user: UserId(claims.user_id), session: claims.sid, expires: claims.until };
        counts.then_some(Ticket { id: claims.jti, bearer })
    }
}

impl App {
    /// Takes `ticket`, which opens nothing any more after this, and tells whose it was.
    pub(crate) async fn take_ticket(
        &self,
        ticket: &str,
        request: &Request,
    ) -> Result<Bearer, TicketRefused> {
        let ticket = self.tokens.read_ticket(ticket, request.at).ok_or(TicketRefused::Invalid)?;
        let Ticket { id, bearer } = ticket;
        let command = UseSocketTicket { session: bearer.session, ticket: id };
        let acting = Self::acting(bearer, request.clone());
        match self.commands.use_socket_ticket(&command, &acting).await {
            Ok(_) => Ok(bearer),
            Err(ExecuteError::Rejected(
                UseSocketTicketRejected::Over | UseSocketTicketRejected::Used,
            )) => Err(TicketRefused::Invalid),
            Err(ExecuteError::Contended) => Err(TicketRefused::Failed(ExecuteError::Contended)),
            Err(ExecuteError::Busy) => Err(TicketRefused::Failed(ExecuteError::Busy)),
            Err(ExecuteError::Moved) => Err(TicketRefused::Failed(ExecuteError::Moved)),
            Err(ExecuteError::Log(failure)) => {
                Err(TicketRefused::Failed(ExecuteError::Log(failure)))
            }
        }
    }
}
