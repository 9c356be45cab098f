//! `POST /register`, `POST /auth/register`

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use commands::user::{RegisterUser, RegisterUserRejected};
use schema::{
    EmailAddress, Line, Password,
    caps::{COMMUNITY_PASSWORD_CHARS_MIN, COMMUNITY_USERNAME_CHARS_MIN},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    App,
    fastapi::{Detail, Failure, Fields},
    hindered::from_execution,
    limits::{Offence, Visitor},
    origin::Anonymous,
    times::rfc3339,
};

pub(super) const EMAIL_TAKEN: Failure =
    Failure::sentence(StatusCode::BAD_REQUEST, "Email déjà utilisé");

/// Somebody new.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct Registration {
    /// Three characters at least.
    #[schema(example = "ada", min_length = 3)]
    username: String,
    /// One account at the most has it.
    #[schema(example = "ada@example.com")]
    email: String,
    /// Kept as an Argon2id hash.
    #[schema(example = "secret", min_length = 1)]
    password: String,
}

/// Somebody's own account.
#[derive(Serialize, ToSchema)]
struct Account {
    #[schema(example = 7)]
    id: i64,
    #[schema(example = "ada")]
    username: String,
    #[schema(example = "ada@example.com")]
    email: String,
    #[schema(example = "2026-03-14T12:00:00.000000Z")]
    created_at: String,
}

/// Register
#[utoipa::path(
    post, path = "/register", operation_id = "register",
    request_body = Registration,
    responses(
        (status = 200, body = Account),
        (status = 400, body = Detail, description = "The address is taken"),
    )
)]
pub(crate) async fn handler(
    State(app): State<App>,
    visitor: Visitor,
    Anonymous(request): Anonymous,
    mut fields: Fields,
) -> Result<Response, Failure> {
    let username = fields.text("username", username);
    let email = fields.text("email", EmailAddress::parse);
    let password =
        fields.text("password", |text| Password::parse(text, COMMUNITY_PASSWORD_CHARS_MIN));
    let read = username.zip(email).zip(password);
    let ((username, email), password) = fields.finish(read)?;
    let command = RegisterUser { email, username, password };

    visitor.admit(Offence::Telling)?;
    let registered = app.commands.register_user(&command, &request).await;
    let registered = visitor.judged(registered).map_err(|error| from_execution(error, refusal))?;
    let body = Account {
        id: registered.user.0,
        username: command.username.as_str().to_owned(),
        email: command.email.as_str().to_owned(),
        created_at: rfc3339(registered.at),
    };
    Ok((app.written(registered.position).await, Json(body)).into_response())
}

pub(super) fn username(text: &str) -> Result<Line, String> {
    if text.chars().count() < COMMUNITY_USERNAME_CHARS_MIN {
        return Err("Value error, Le nom d'utilisateur doit contenir au moins 3 caractères".into());
    }
    Line::parse(text).map_err(|error| format!("Value error, {error}"))
}

fn refusal(rejected: RegisterUserRejected) -> Failure {
    match rejected {
        RegisterUserRejected::EmailTaken => EMAIL_TAKEN,
    }
}
