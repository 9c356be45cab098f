//! `POST /auth/signup`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use commands::{
    session::{OpenSession, OpenSessionRejected},
    user::{RegisterUser, RegisterUserRejected},
};
use schema::{
    EmailAddress, Line, Password,
    caps::{INVENTORY_PASSWORD_CHARS_MIN, INVENTORY_TOKEN_SECONDS},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Failure, body::Fields};
use crate::{
    App,
    hindered::from_execution,
    limits::{Offence, Visitor},
    origin::Anonymous,
};

/// Somebody new.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
pub(super) struct Newcomer {
    #[schema(example = "Hélène Lemaire")]
    name: String,
    /// One account at the most has it.
    #[schema(example = "hélène.lemaire@outlook.com")]
    email: String,
    /// Kept as an Argon2id hash.
    #[schema(example = "password123", min_length = 1)]
    password: String,
}

/// A session.
#[derive(Serialize, ToSchema)]
struct SignedUp {
    /// Good for 24 hours.
    #[serde(rename = "authToken")]
    #[schema(example = "eyJhbGciOiJFZERTQSIs…")]
    auth_token: String,
}

/// Sign up, and be logged in
#[utoipa::path(
    post, path = "/auth/signup", operation_id = "inventory_sign_up", request_body = Newcomer,
    responses((status = 200, body = SignedUp))
)]
pub(crate) async fn handler(
    State(app): State<App>,
    visitor: Visitor,
    Anonymous(request): Anonymous,
    fields: Fields,
) -> Result<Response, Failure> {
    let command = newcomer(&fields)?;
    visitor.admit(Offence::Telling)?;
    let registered = app.commands.register_user(&command, &request).await;
    let registered = visitor.judged(registered).map_err(|error| from_execution(error, refusal))?;

    // The answer is a token: whoever has just told their password need not tell it again.
    let opened = app.commands.open_session(&OpenSession { user: registered.user }, &request).await;
    let login = opened.map_err(|error| from_execution(error, gone))?;
    let auth_token = app.tokens.issue(&login, request.at, INVENTORY_TOKEN_SECONDS);
    Ok((app.written(login.position).await, Json(SignedUp { auth_token })).into_response())
}

/// The account that `fields` ask for.
pub(super) fn newcomer(fields: &Fields) -> Result<RegisterUser, Failure> {
    Ok(RegisterUser {
        username: fields.text("name", Line::parse)?,
        email: fields.text("email", EmailAddress::parse)?,
        password: fields
            .text("password", |text| Password::parse(text, INVENTORY_PASSWORD_CHARS_MIN))?,
    })
}

pub(super) fn refusal(rejected: RegisterUserRejected) -> Failure {
    match rejected {
        RegisterUserRejected::EmailTaken => Failure::DUPLICATE,
    }
}

/// Somebody has closed or erased the account since.
fn gone(rejected: OpenSessionRejected) -> Failure {
    match rejected {
        OpenSessionRejected::NoSuchUser => Failure::Unauthorized,
        OpenSessionRejected::Inactive => Failure::FORBIDDEN,
    }
}
