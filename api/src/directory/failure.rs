//! The façade's envelope for everything but success: `{"message": …}`.

use axum::{
    Json,
    http::{StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use commands::LogFailure;
use serde_json::json;
use utoipa::ToSchema;

use crate::{body::Untaken, community, front::Refusal, outages::Trouble};

/// What a refusal says.
#[derive(ToSchema)]
#[schema(as = DirectoryRefusal)]
#[expect(dead_code, reason = "described here, and written by hand")]
pub(super) struct Message {
    /// In words.
    #[schema(example = "Forbidden")]
    message: String,
}

/// An answer other than success: its status, its words, and what failed it if that was ours.
#[derive(Clone, Debug)]
pub(super) struct Failure(StatusCode, &'static str, Option<Trouble>);

impl Failure {
    pub(super) const FORBIDDEN: Self = Self(StatusCode::FORBIDDEN, "Forbidden", None);
    pub(super) const INVALID_EMAIL: Self = Self(StatusCode::BAD_REQUEST, "Email invalide", None);
    pub(super) const UNREADABLE: Self =
        Self(StatusCode::BAD_REQUEST, "Corps de requête illisible", None);
    pub(super) const UNSUPPORTED: Self =
        Self(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported Media Type", None);
    pub(super) const BUSY: Self =
        Self(StatusCode::SERVICE_UNAVAILABLE, "Too many changes at once, try again", None);
    pub(super) const NO_TOKEN: Self = Self(StatusCode::BAD_REQUEST, "Token manquant", None);
    pub(super) const WRONG_TOKEN: Self = Self(StatusCode::UNAUTHORIZED, "Token invalide", None);

    pub(super) fn of_log(failure: &LogFailure) -> Self {
        let trouble = Some(Trouble::of_log(failure));
        Self(StatusCode::SERVICE_UNAVAILABLE, "Log unavailable, try again", trouble)
    }
}

/// A request that reached no handler. What is not there at all was never asked of this façade: it is
/// said in the words of the others.
pub(crate) fn refused(refusal: Refusal) -> Response {
    match refusal {
        Refusal::NotFound => community::refused(refusal).into_response(),
        Refusal::UriTooLong
        | Refusal::HeaderTooLarge
        | Refusal::Internal
        | Refusal::Stopping
        | Refusal::WithoutLog => {
            let (status, words) = refusal.told();
            Failure(status, words, None).into_response()
        }
    }
}

pub(super) async fn not_allowed() -> Failure {
    Failure(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed", None)
}

impl From<Untaken> for Failure {
    fn from(reason: Untaken) -> Self {
        match reason {
            Untaken::Encoded => Self::UNSUPPORTED,
            Untaken::TooLarge => Self(StatusCode::PAYLOAD_TOO_LARGE, "Request Too Long", None),
            Untaken::TooLate => Self(StatusCode::REQUEST_TIMEOUT, "Request Timeout", None),
            Untaken::Broken => Self::UNREADABLE,
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Self(status, message, trouble) = self;
        let mut response = (status, Json(json!({ "message": message }))).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, 1_u16.into());
        }
        match trouble {
            Some(trouble) => (trouble, response).into_response(),
            None => response,
        }
    }
}
