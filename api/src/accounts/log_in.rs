//! `POST /api/v1/auth/login`

use std::convert::Infallible;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use commands::{
    Request,
    user::{LogIn, LogInRejected, LoggedIn},
};
use schema::{EmailAddress, Password, caps::ACCESS_TOKEN_SECONDS};
use serde_json::{Value, json};

use super::member::INACTIVE;
use crate::{
    App,
    community::{Failure, JsonOrForm, from_execution},
    limits::{Offence, RetryAfter, Visitor},
    origin::Anonymous,
};

pub(super) async fn handler(
    State(app): State<App>,
    visitor: Visitor,
    Anonymous(request): Anonymous,
    JsonOrForm(mut fields): JsonOrForm,
) -> Result<Response, Failure> {
    let name = fields.either("username", "email");
    // What cannot be an address is nobody's: the answer is that of a wrong password.
    let email = fields.text(name, |text| Ok::<_, Infallible>(EmailAddress::parse(text).ok()));
    let password = fields.text("password", |text| Password::parse(text, 0));
    let (email, password) = fields.finish(email.zip(password))?;

    visitor.admit(Offence::WrongPassword)?;
    let login = app.commands.log_in(&LogIn { email, password }, &request).await;
    let login = visitor
        .judged(login)
        .map_err(|error| from_execution(error, |rejected| refusal(rejected, request.at)))?;
    Ok((app.written(login.position).await, token(&app, &login, &request)).into_response())
}

/// What somebody gets who is logged in.
pub(super) fn token(app: &App, login: &LoggedIn, request: &Request) -> Json<Value> {
    let token = app.tokens.issue(login, request.at, ACCESS_TOKEN_SECONDS);
    Json(json!({ "access_token": token, "token_type": "bearer" }))
}

fn refusal(rejected: LogInRejected, now: DateTime<Utc>) -> Failure {
    match rejected {
        LogInRejected::WrongCredentials => Failure::Unauthorized("Incorrect email or password"),
        LogInRejected::Inactive => INACTIVE,
        LogInRejected::TooMany { until } => RetryAfter::until(until, now).into(),
    }
}
