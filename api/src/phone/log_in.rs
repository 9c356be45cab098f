//! `POST /api/login/`, `POST /api/token/`

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use commands::user::{LogInPhone, LogInRejected};
use schema::{Password, PhoneNumber};
use utoipa::ToSchema;

use super::{
    body::Fields,
    failure::{Failure, Unproven},
    tokens::{Proven, proven},
};
use crate::{
    App,
    hindered::from_execution,
    limits::{Offence, RetryAfter, Visitor},
    origin::Anonymous,
};

pub(super) const WRONG_CREDENTIALS: Failure =
    Failure::Unproven("Numéro de téléphone ou mot de passe incorrect");

/// Who somebody says they are.
#[derive(ToSchema)]
#[schema(as = PhoneCredentials)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct Credentials {
    #[schema(example = "0123456789")]
    phone_number: String,
    #[schema(example = "votreMotDePasse")]
    password: String,
}

/// Log in with a phone number
#[utoipa::path(
    post, path = "/api/login", operation_id = "phone_log_in",
    request_body(content(
        (Credentials = "application/json"),
        (Credentials = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 200, body = Proven),
        (status = 401, body = Unproven, description = "Number or password is wrong"),
    )
)]
pub(super) async fn handler(
    State(app): State<App>,
    visitor: Visitor,
    Anonymous(request): Anonymous,
    fields: Fields,
) -> Result<Response, Failure> {
    // What cannot be a number or a password is nobody's: nothing else is said about it.
    let phone = fields.plain("phone_number").and_then(|text| PhoneNumber::parse(&text).ok());
    let password = fields.plain("password").and_then(|text| Password::parse(&text, 0).ok());
    let password = password.ok_or(WRONG_CREDENTIALS)?;

    visitor.admit(Offence::WrongPassword)?;
    let login = app.commands.log_in_phone(&LogInPhone { phone, password }, &request).await;
    let login = visitor
        .judged(login)
        .map_err(|error| from_execution(error, |rejected| refusal(rejected, request.at)))?;
    let told = app.written(login.position).await;
    Ok((told, proven(&app, &login, &request)).into_response())
}

fn refusal(rejected: LogInRejected, now: DateTime<Utc>) -> Failure {
    match rejected {
        LogInRejected::WrongCredentials | LogInRejected::Inactive => WRONG_CREDENTIALS,
        LogInRejected::TooMany { until } => RetryAfter::until(until, now).into(),
    }
}
