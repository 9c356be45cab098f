//! The façade's envelope for everything but success: `{"message": …}`.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use commands::LogFailure;
use serde_json::json;
use utoipa::ToSchema;

use crate::{body::Untaken, fastapi, front::Refusal, hindered::Hindered};

/// What a refusal says.
#[derive(ToSchema)]
#[schema(as = DirectoryRefusal)]
#[expect(dead_code, reason = "described here, and written by hand")]
pub(super) struct Message {
    /// In words.
    #[schema(example = "Forbidden")]
    message: String,
}

/// An answer other than success.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// Its status and its words.
    Told(StatusCode, &'static str),
    /// 503: nothing is wrong with the request; it may be sent again.
    Unavailable(Hindered),
}

impl Failure {
    pub(super) const FORBIDDEN: Self = Self::Told(StatusCode::FORBIDDEN, "Forbidden");
    pub(super) const INVALID_EMAIL: Self = Self::Told(StatusCode::BAD_REQUEST, "Email invalide");
    pub(super) const UNREADABLE: Self =
        Self::Told(StatusCode::BAD_REQUEST, "Corps de requête illisible");
    pub(super) const UNSUPPORTED: Self =
        Self::Told(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported Media Type");
    /// An account that may not be used: a token for it would open nothing.
    pub(super) const INACTIVE: Self = Self::Told(StatusCode::FORBIDDEN, "Compte désactivé");
    pub(super) const NO_TOKEN: Self = Self::Told(StatusCode::BAD_REQUEST, "Token manquant");
    pub(super) const WRONG_TOKEN: Self = Self::Told(StatusCode::UNAUTHORIZED, "Token invalide");
}

/// A request that reached no handler. What is not there at all was never asked of this façade: it is
/// said in the words of the others.
pub(crate) fn refused(refusal: Refusal) -> Response {
    match refusal {
        Refusal::NotFound => fastapi::refused(refusal).into_response(),
        Refusal::UriTooLong | Refusal::HeaderTooLarge | Refusal::Internal => {
            let (status, words) = refusal.told();
            Failure::Told(status, words).into_response()
        }
        Refusal::Stopping | Refusal::WithoutLog => {
            Failure::Unavailable(Hindered::by(refusal.told().1)).into_response()
        }
    }
}

pub(super) async fn not_allowed() -> Failure {
    Failure::Told(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
}

impl From<Untaken> for Failure {
    fn from(reason: Untaken) -> Self {
        match reason {
            Untaken::Encoded => Self::UNSUPPORTED,
            Untaken::TooLarge => Self::Told(StatusCode::PAYLOAD_TOO_LARGE, "Request Too Long"),
            Untaken::TooLate => Self::Told(StatusCode::REQUEST_TIMEOUT, "Request Timeout"),
            Untaken::Broken => Self::UNREADABLE,
        }
    }
}

impl From<Hindered> for Failure {
    fn from(hindered: Hindered) -> Self {
        Self::Unavailable(hindered)
    }
}

impl From<LogFailure> for Failure {
    fn from(failure: LogFailure) -> Self {
        Hindered::from(failure).into()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Told(status, message) => {
                (status, Json(json!({ "message": message }))).into_response()
            }
            Self::Unavailable(hindered) => {
                let body = json!({ "message": hindered.words });
                hindered.answer(body)
            }
        }
    }
}
