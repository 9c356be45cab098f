//! `POST /login`, `POST /auth/login`

use std::convert::Infallible;

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use commands::user::{LogIn, LogInRejected};
use schema::{
    EmailAddress, Password,
    caps::{ACCESS_TOKEN_SECONDS, INVENTORY_TOKEN_SECONDS},
};
use serde_json::json;

use super::{Failure, body::JsonOrForm, failure::from_execution};
use crate::{App, origin::Anonymous};

pub(crate) async fn handler(
    State(app): State<App>,
    Anonymous(request): Anonymous,
    JsonOrForm(mut fields): JsonOrForm,
) -> Result<Response, Failure> {
    let name = fields.either("email", "username");
    // What cannot be an address is nobody's: the answer is that of a wrong password.
    let email = fields.text(name, |text| Ok::<_, Infallible>(EmailAddress::parse(text).ok()));
    let password = fields.text("password", |text| Password::parse(text, 0));
    let (email, password) = fields.finish(email.zip(password))?;

    let login = app.commands.log_in(&LogIn { email, password }, &request).await;
    let login =
        login.map_err(|error| from_execution(error, |rejected| refusal(rejected, request.at)))?;
    let token = |seconds| app.tokens.issue(&login, request.at, seconds);
    let body = json!({
        "access_token": token(ACCESS_TOKEN_SECONDS),
        "token_type": "bearer",
        "authToken": token(INVENTORY_TOKEN_SECONDS),
    });
    Ok((app.written(login.position).await, Json(body)).into_response())
}

fn refusal(rejected: LogInRejected, now: DateTime<Utc>) -> Failure {
    match rejected {
        LogInRejected::WrongCredentials => Failure::Shared {
            detail: "Identifiants invalides",
            code: "ERROR_CODE_ACCESS_DENIED",
            message: "Invalid Credentials.",
        },
        LogInRejected::Inactive => Failure::sentence(StatusCode::FORBIDDEN, "Inactive user"),
        LogInRejected::TooMany { until } => {
            let wait = (until - now).num_milliseconds().unsigned_abs();
            Failure::TooMany(wait.div_ceil(1_000))
        }
    }
}
