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
use serde::Serialize;
use utoipa::ToSchema;

use super::member::INACTIVE;
use crate::{
    App,
    fastapi::{Detail, Failure, JsonOrForm},
    hindered::from_execution,
    limits::{Offence, RetryAfter, Visitor},
    origin::Anonymous,
};

/// Who somebody says they are.
#[derive(ToSchema)]
#[schema(as = AccountCredentials)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct Credentials {
    /// The address; `email` will do as well.
    #[schema(example = "ada@example.com")]
    username: String,
    #[schema(example = "a longer secret")]
    password: String,
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Token {
    /// Good for 30 minutes.
    #[schema(example = "eyJhbGciOiJFZERTQSIs…")]
    access_token: String,
    #[schema(example = "bearer")]
    token_type: &'static str,
}

/// Log in
#[utoipa::path(
    post, path = "/api/v1/auth/login", operation_id = "accounts_log_in",
    request_body(content(
        (Credentials = "application/x-www-form-urlencoded"),
        (Credentials = "application/json"),
    )),
    responses(
        (status = 200, body = Token),
        (status = 401, body = Detail, description = "Address or password is wrong"),
        (status = 403, body = Detail, description = "The account is closed"),
    )
)]
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
pub(super) fn token(app: &App, login: &LoggedIn, request: &Request) -> Json<Token> {
    let access_token = app.tokens.issue(login, request.at, ACCESS_TOKEN_SECONDS);
    Json(Token { access_token, token_type: "bearer" })
}

fn refusal(rejected: LogInRejected, now: DateTime<Utc>) -> Failure {
    match rejected {
        LogInRejected::WrongCredentials => Failure::Unauthorized("Incorrect email or password"),
        LogInRejected::Inactive => INACTIVE,
        LogInRejected::TooMany { until } => RetryAfter::until(until, now).into(),
    }
}
