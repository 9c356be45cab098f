//! `POST /api/v1/auth/register`

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use commands::{
    session::{OpenSession, OpenSessionRejected},
    user::{RegisterUser, RegisterUserRejected},
};
use schema::EmailAddress;
use utoipa::ToSchema;

use super::{
    log_in::{Token, token},
    update,
};
use crate::{
    App,
    fastapi::{Detail, Failure, Fields},
    hindered::from_execution,
    limits::{Offence, Visitor},
    origin::Anonymous,
};

pub(super) const EMAIL_TAKEN: Failure =
    Failure::sentence(StatusCode::BAD_REQUEST, "Email already registered");

/// Somebody new.
#[derive(ToSchema)]
#[schema(as = AccountRegistration)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct Registration {
    /// One account at the most has it.
    #[schema(example = "ada@example.com")]
    email: String,
    #[schema(example = "ada", min_length = 3, max_length = 50)]
    username: String,
    /// Kept as an Argon2id hash.
    #[schema(example = "a longer secret", min_length = 8)]
    password: String,
}

/// Register, and be logged in
#[utoipa::path(
    post, path = "/api/v1/auth/register", operation_id = "accounts_register",
    request_body = Registration,
    responses(
        (status = 200, body = Token),
        (status = 400, body = Detail, description = "The address is taken"),
    )
)]
pub(super) async fn handler(
    State(app): State<App>,
    visitor: Visitor,
    Anonymous(request): Anonymous,
    mut fields: Fields,
) -> Result<Response, Failure> {
    let email = fields.text("email", EmailAddress::parse);
    let username = update::username(&mut fields);
    let password = update::password(&mut fields);
    let ((email, username), password) = fields.finish(email.zip(username).zip(password))?;
    let command = RegisterUser { email, username, password };

    visitor.admit(Offence::Telling)?;
    let registered = app.commands.register_user(&command, &request).await;
    let registered = visitor.judged(registered).map_err(|error| from_execution(error, refusal))?;
    // The answer is a token: whoever has just told their password need not tell it again.
    let opened = app.commands.open_session(&OpenSession { user: registered.user }, &request).await;
    let login = opened.map_err(|error| from_execution(error, gone))?;
    Ok((app.written(login.position).await, token(&app, &login, &request)).into_response())
}

fn refusal(rejected: RegisterUserRejected) -> Failure {
    match rejected {
        RegisterUserRejected::EmailTaken => EMAIL_TAKEN,
    }
}

/// Somebody has closed or erased the account since.
fn gone(rejected: OpenSessionRejected) -> Failure {
    match rejected {
        OpenSessionRejected::NoSuchUser => super::member::NOT_VALIDATED,
        OpenSessionRejected::Inactive => super::member::INACTIVE,
    }
}
