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
use serde_json::json;

use super::{Failure, body::Fields, failure::from_execution};
use crate::{App, origin::Anonymous, times::rfc3339};

pub(crate) async fn handler(
    State(app): State<App>,
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

    let registered = app.commands.register_user(&command, &request).await;
    let registered = registered.map_err(|error| from_execution(error, refusal))?;
    let body = json!({
        "id": registered.user,
        "username": command.username.as_str(),
        "email": command.email.as_str(),
        "created_at": rfc3339(registered.at),
    });
    Ok((app.written(registered.position).await, Json(body)).into_response())
}

fn username(text: &str) -> Result<Line, String> {
    if text.chars().count() < COMMUNITY_USERNAME_CHARS_MIN {
        return Err("Value error, Le nom d'utilisateur doit contenir au moins 3 caractères".into());
    }
    Line::parse(text).map_err(|error| format!("Value error, {error}"))
}

fn refusal(rejected: RegisterUserRejected) -> Failure {
    match rejected {
        RegisterUserRejected::EmailTaken => {
            Failure::sentence(StatusCode::BAD_REQUEST, "Email déjà utilisé")
        }
    }
}
