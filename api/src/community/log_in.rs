//! `POST /login`, `POST /auth/login`

use std::convert::Infallible;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use commands::user::{LogIn, LogInRejected};
use schema::{
    EmailAddress, Password,
    caps::{ACCESS_TOKEN_SECONDS, INVENTORY_TOKEN_SECONDS},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::shared::{Refused, Shared};
use crate::{
    App,
    fastapi::{Failure, JsonOrForm},
    hindered::from_execution,
    limits::{Offence, RetryAfter, Visitor},
    origin::Anonymous,
};

/// Who somebody says they are.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct Credentials {
    /// The address; a form may call it `username`.
    #[schema(example = "ada@example.com")]
    email: String,
    #[schema(example = "secret")]
    password: String,
}

/// A session, as two tokens.
#[derive(Serialize, ToSchema)]
struct Session {
    /// Good for 30 minutes.
    #[schema(example = "eyJhbGciOiJFZERTQSIs…")]
    access_token: String,
    #[schema(example = "bearer")]
    token_type: &'static str,
    /// Good for 24 hours.
    #[serde(rename = "authToken")]
    #[schema(example = "eyJhbGciOiJFZERTQSIs…")]
    auth_token: String,
}

/// Log in
#[utoipa::path(
    post, path = "/login", operation_id = "log_in",
    request_body(content(
        (Credentials = "application/json"),
        (Credentials = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 200, body = Session),
        (status = 401, body = Refused, description = "Address or password is wrong"),
        (status = 403, body = Refused, description = "The account is closed"),
    )
)]
pub(crate) async fn handler(
    State(app): State<App>,
    visitor: Visitor,
    Anonymous(request): Anonymous,
    fields: Result<JsonOrForm, Failure>,
) -> Result<Response, Shared> {
    let JsonOrForm(mut fields) = fields?;
    let name = fields.either("email", "username");
    // What cannot be an address is nobody's: the answer is that of a wrong password.
    let email = fields.text(name, |text| Ok::<_, Infallible>(EmailAddress::parse(text).ok()));
    let password = fields.text("password", |text| Password::parse(text, 0));
    let (email, password) = fields.finish(email.zip(password))?;

    visitor.admit(Offence::WrongPassword)?;
    let login = app.commands.log_in(&LogIn { email, password }, &request).await;
    let login = visitor
        .judged(login)
        .map_err(|error| from_execution(error, |rejected| refusal(rejected, request.at)))?;
    let token = |seconds| app.tokens.issue(&login, request.at, seconds);
    let body = Session {
        access_token: token(ACCESS_TOKEN_SECONDS),
        token_type: "bearer",
        auth_token: token(INVENTORY_TOKEN_SECONDS),
    };
    Ok((app.written(login.position).await, Json(body)).into_response())
}

fn refusal(rejected: LogInRejected, now: DateTime<Utc>) -> Shared {
    match rejected {
        LogInRejected::WrongCredentials => Shared::WRONG_CREDENTIALS,
        LogInRejected::Inactive => Failure::INACTIVE.into(),
        LogInRejected::TooMany { until } => RetryAfter::until(until, now).into(),
    }
}
