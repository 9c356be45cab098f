//! The two tokens that this façade answers with, and what its refresh tokens say.

use axum::Json;
use chrono::{DateTime, Utc};
use commands::{Request, user::LoggedIn};
use schema::{
    SessionId, UserId,
    caps::{ACCESS_TOKEN_SECONDS, REFRESH_TOKEN_LIFETIME},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::App;

/// The answer to a registration and to a login, in the order in which the original has it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PhoneSession)]
pub(super) struct Proven {
    /// Good for a day.
    refresh: String,
    /// Good for 30 minutes.
    access: String,
    #[schema(value_type = i64)]
    user_id: UserId,
    #[schema(example = "0123456789")]
    phone_number: Option<String>,
}

/// What a refresh token says. Nothing else is made by chance, so that whoever lost it gets the same
/// again.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    user_id: i64,
    token_type: String,
    sid: SessionId,
    generation: u64,
    jti: Uuid,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// What a token turned out to be.
pub(super) enum Read {
    Refresh {
        session: SessionId,
        generation: u64,
    },
    /// It is valid, and for something else.
    WrongType,
    Invalid,
}

/// The answer to whoever has just begun a session.
pub(super) fn proven(app: &App, login: &LoggedIn, request: &Request) -> Json<Proven> {
    Json(Proven {
        refresh: refresh(app, login, 0, request.at),
        access: app.tokens.issue(login, request.at, ACCESS_TOKEN_SECONDS),
        user_id: login.user,
        phone_number: login.phone_number.clone(),
    })
}

/// The refresh token number `generation` of a session, which counts from `since` on.
pub(super) fn refresh(
    app: &App,
    login: &LoggedIn,
    generation: u64,
    since: DateTime<Utc>,
) -> String {
    app.tokens.sign(&Claims {
        iss: crate::tokens::ISSUER.to_owned(),
        aud: crate::tokens::AUDIENCE.to_owned(),
        sub: login.user.to_string(),
        user_id: login.user.0,
        token_type: "refresh".to_owned(),
        sid: login.session,
        generation,
        jti: Uuid::new_v5(&login.session.0, &generation.to_be_bytes()),
        iat: since.timestamp(),
        nbf: since.timestamp(),
        exp: (since + REFRESH_TOKEN_LIFETIME).timestamp(),
    })
}

pub(super) fn read(app: &App, token: &str) -> Read {
    match app.tokens.read::<Claims>(token) {
        Some(claims) if claims.token_type == "refresh" => {
            Read::Refresh { session: claims.sid, generation: claims.generation }
        }
        Some(_) => Read::WrongType,
        None if app.tokens.verify(token).is_some() => Read::WrongType,
        None => Read::Invalid,
    }
}
