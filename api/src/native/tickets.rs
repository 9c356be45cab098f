//! `POST /api/v1/socket-tickets`: what a page opens one socket with.

use axum::{
    Json,
    extract::{FromRequestParts, State},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Kind, Problem, caller::Member};
use crate::{App, caller::bearer_token, times::rfc3339, tokens::Bearer};

/// A ticket.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SocketTicket)]
pub(crate) struct Shown {
    /// To be sent as `?ticket=`. Good for one socket.
    #[schema(example = "eyJhbGciOiJFZERTQSIs…")]
    ticket: String,
    /// When it opens nothing any more.
    #[schema(example = "2026-03-14T12:01:00.000000Z")]
    expires_at: String,
}

/// The token that was sent: a socket ends with it.
pub(crate) struct Sent(Bearer);

impl FromRequestParts<App> for Sent {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let bearer = bearer_token(parts).and_then(|token| app.tokens.verify(token));
        bearer.map(Self).ok_or(Problem::of(Kind::Unauthorized))
    }
}

/// Have a ticket for one socket
///
/// Nothing is written: its use will be a fact, not that it was given.
#[utoipa::path(
    post, path = "/api/v1/socket-tickets", operation_id = "issue_socket_ticket",
    security(("bearer" = [])),
    responses((status = 201, body = Shown))
)]
pub(crate) async fn issue(
    State(app): State<App>,
    member: Member,
    Sent(bearer): Sent,
) -> Result<Response, Problem> {
    let (ticket, ends) = app.tokens.issue_ticket(bearer, member.request.at);
    let body = Shown { ticket, expires_at: rfc3339(ends) };
    Ok((StatusCode::CREATED, Json(body)).into_response())
}
