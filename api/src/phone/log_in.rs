//! `POST /api/login/`, `POST /api/token/`

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use commands::user::{LogInPhone, LogInRejected};
use schema::{Password, PhoneNumber};

use super::{
    body::Fields,
    failure::{Failure, from_execution},
    tokens::proven,
};
use crate::{
    App,
    limits::{Offence, RetryAfter, Visitor},
    origin::Anonymous,
};

pub(super) const WRONG_CREDENTIALS: Failure =
    Failure::Unproven("Numéro de téléphone ou mot de passe incorrect");

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
