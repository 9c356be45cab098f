//! `POST /api/token/refresh/`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use commands::session::{RefreshSession, RefreshSessionRejected};
use schema::caps::ACCESS_TOKEN_SECONDS;
use serde_json::json;

use super::{
    body::Fields,
    failure::{Failure, from_execution},
    tokens::{Read, read, refresh},
};
use crate::{App, origin::Anonymous};

const NOT_VALID: Failure = Failure::TokenNotValid("Token is invalid or expired");

pub(super) async fn handler(
    State(app): State<App>,
    Anonymous(request): Anonymous,
    mut fields: Fields,
) -> Result<Response, Failure> {
    let token = fields.text("refresh", |text| Ok(text.to_owned()));
    let token = fields.finish(token)?;
    let command = match read(&app, &token) {
        Read::Refresh { session, generation } => RefreshSession { session, generation },
        Read::WrongType => return Err(Failure::TokenNotValid("Token has wrong type")),
        Read::Invalid => return Err(NOT_VALID),
    };

    let refreshed = app.commands.refresh_session(&command, &request).await;
    let refreshed = refreshed.map_err(|error| from_execution(error, refusal))?;
    let login = &refreshed.login;
    let body = json!({
        "access": app.tokens.issue(login, request.at, ACCESS_TOKEN_SECONDS),
        "refresh": refresh(&app, login, refreshed.generation, refreshed.since),
    });
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
