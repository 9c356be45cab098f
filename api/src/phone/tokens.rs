//! The two tokens that this façade answers with.

use axum::Json;
use commands::{Request, user::LoggedIn};
use schema::{UserId, caps::ACCESS_TOKEN_SECONDS};
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;

/// The answer to a registration and to a login, in the order in which the original has it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PhoneSession)]
pub(super) struct Proven {
    /// Good for a day.
    #[schema(example = "eyJhbGciOiJFZERTQSIs…")]
    refresh: String,
    /// Good for 30 minutes.
    #[schema(example = "eyJhbGciOiJFZERTQSIs…")]
    access: String,
    #[schema(value_type = i64, example = 7)]
    user_id: UserId,
    #[schema(example = "0123456789")]
    phone_number: Option<String>,
}

/// The answer to whoever has just begun a session.
pub(super) fn proven(app: &App, login: &LoggedIn, request: &Request) -> Json<Proven> {
    Json(Proven {
        refresh: app.tokens.refresh(login, 0, request.at),
        access: app.tokens.issue(login, request.at, ACCESS_TOKEN_SECONDS),
        user_id: login.user,
        phone_number: login.phone_number.clone(),
    })
}
