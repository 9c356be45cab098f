//! `DELETE /api/v1/sessions`, `DELETE /api/v1/sessions/{sid}`

use axum::{
    extract::{FromRequestParts, State},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use commands::{session::LogOut, user::EndSessions};
use schema::SessionId;

use crate::{
    App,
    native::{
        Problem,
        caller::Member,
        path::Text,
        people::change::refusal,
        problem::from_execution,
        sent::{Bare, Headers},
    },
};

/// The session that stands in the path. What is no id names nothing.
pub(crate) struct Sid(SessionId);

impl<S: Send + Sync> FromRequestParts<S> for Sid {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Text(text) = Text::from_request_parts(parts, state).await?;
        text.parse().map(|id| Self(SessionId(id))).map_err(|_| Problem::NOT_FOUND)
    }
}

/// End all your other sessions
#[utoipa::path(
    delete, path = "/api/v1/sessions", operation_id = "end_other_sessions",
    security(("bearer" = [])),
    params(Headers),
    responses((status = 204, description = "Only the one that asks is left"))
)]
pub(crate) async fn others(
    State(app): State<App>,
    member: Member,
    Bare(envelope): Bare,
) -> Result<Response, Problem> {
    let command = EndSessions { user: member.user, keep: member.request.credential };
    let request = envelope.accept(&app, member.request, None).await?;
    let ended = app.commands.end_sessions(&command, &request).await;
    let ended = ended.map_err(|error| from_execution(error, refusal))?;
    app.sessions.doubt_all_of(command.user);
    Ok((StatusCode::NO_CONTENT, app.written(ended.position).await).into_response())
}

/// End one of your sessions
///
/// Another's session is as good as none.
#[utoipa::path(
    delete, path = "/api/v1/sessions/{session_id}", operation_id = "end_session",
    security(("bearer" = [])),
    params(("session_id" = String, Path, example = "01990000-0000-4000-8000-000000000001"), Headers),
    responses((status = 204, description = "It is over, and its sockets with it"))
)]
pub(crate) async fn one(
    State(app): State<App>,
    member: Member,
    Sid(session): Sid,
    Bare(envelope): Bare,
) -> Result<Response, Problem> {
    if app.commands.session_owner(session).await? != Some(member.user) {
        return Err(Problem::NOT_FOUND);
    }
    let request = envelope.accept(&app, member.request, None).await?;
    let ended = app.commands.log_out(&LogOut { session }, &request).await;
    let ended = ended.map_err(|error| from_execution(error, |never| match never {}))?;
    app.sessions.doubt(session);
    let position = ended.ok_or(Problem::NOT_FOUND)?;
    Ok((StatusCode::NO_CONTENT, app.written(position).await).into_response())
}
