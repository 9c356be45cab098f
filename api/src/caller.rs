//! Who is calling.

use axum::{
    extract::FromRequestParts,
    http::{header::AUTHORIZATION, request::Parts},
};
use commands::Request;
use schema::{Role, UserId};

use crate::{App, origin::request_of, sessions::Fate};

/// The authenticated caller, or why there is none.
pub(crate) enum Caller {
    /// A valid access token was sent.
    Known {
        /// Whose.
        user: UserId,
        /// What they may do.
        role: Role,
        /// The request, made by them.
        request: Box<Request>,
    },
    /// No bearer token was sent.
    Absent,
    /// What was sent proves nothing, or its session is over.
    Invalid,
    /// The account is closed for the time being.
    Inactive,
    /// Whether the session lives cannot be told: the log does not say.
    Unknown,
}

impl FromRequestParts<App> for Caller {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let Some(token) = bearer_token(parts) else { return Ok(Self::Absent) };
        let Some(bearer) = app.tokens.verify(token) else { return Ok(Self::Invalid) };
        Ok(match app.sessions.fate(bearer).await {
            Fate::Living(living) => {
                let request = App::acting(bearer, request_of(parts));
                app.sessions.see(&living, &request);
                Self::Known { user: bearer.user, role: living.role, request: Box::new(request) }
            }
            Fate::Inactive => Self::Inactive,
            Fate::Ended => Self::Invalid,
            Fate::Unknown => Self::Unknown,
        })
    }
}

/// The bearer token that was sent, whatever it proves.
pub(crate) fn bearer_token(parts: &Parts) -> Option<&str> {
    let (scheme, token) = parts.headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
