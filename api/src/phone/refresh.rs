//! `POST /api/token/refresh/`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use commands::session::{RefreshSession, RefreshSessionRejected};
use schema::caps::ACCESS_TOKEN_SECONDS;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    body::Fields,
    failure::{Failure, Unproven},
};
use crate::{App, hindered::from_execution, origin::Anonymous, tokens::Refresh};

const NOT_VALID: Failure = Failure::TokenNotValid("Token is invalid or expired");

/// What is left of a session.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct Renewal {
    /// Good once; the answer has the next one.
    #[schema(example = "eyJ…")]
    refresh: String,
}

/// What a session goes on with.
#[derive(Serialize, ToSchema)]
struct Renewed {
    /// Good for 30 minutes.
    #[schema(example = "eyJhbGciOiJFZERTQSIs…")]
    access: String,
    /// Good for a day.
    #[schema(example = "eyJhbGciOiJFZERTQSIs…")]
    refresh: String,
}

/// Go on with a session
#[utoipa::path(
    post, path = "/api/token/refresh", operation_id = "phone_refresh",
    request_body(content(
        (Renewal = "application/json"),
        (Renewal = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 200, body = Renewed),
        (status = 401, body = Unproven, description = "The token is over, or no refresh token"),
    )
)]
pub(super) async fn handler(
    State(app): State<App>,
    Anonymous(request): Anonymous,
    mut fields: Fields,
) -> Result<Response, Failure> {
    let token = fields.text("refresh", |text| Ok(text.to_owned()));
    let token = fields.finish(token)?;
    let command = match app.tokens.read_refresh(&token) {
        Refresh::Of { session, generation } => RefreshSession { session, generation },
        Refresh::WrongType => return Err(Failure::TokenNotValid("Token has wrong type")),
        Refresh::Invalid => return Err(NOT_VALID),
    };

    let refreshed = app.commands.refresh_session(&command, &request).await;
    let refreshed = refreshed.map_err(|error| from_execution(error, refusal))?;
    let login = &refreshed.login;
    let body = Renewed {
        access: app.tokens.issue(login, request.at, ACCESS_TOKEN_SECONDS),
        refresh: app.tokens.refresh(login, refreshed.generation, refreshed.since),
    };
    Ok((app.written(login.position).await, Json(body)).into_response())
}

/// Nobody is told which: a copy is as wrong as a token that is over.
fn refusal(rejected: RefreshSessionRejected) -> Failure {
    match rejected {
        RefreshSessionRejected::Over
        | RefreshSessionRejected::Inactive
        | RefreshSessionRejected::Reused => NOT_VALID,
    }
}
