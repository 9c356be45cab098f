//! The façade's envelope for everything but success: `{"message": …}`.

use axum::{
    Json,
    http::{StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use commands::LogFailure;
use projections::Chain;
use serde_json::json;
use tracing::error;

use crate::body::Untaken;

/// An answer other than success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failure(pub(super) StatusCode, pub(super) &'static str);

impl Failure {
    pub(super) const FORBIDDEN: Self = Self(StatusCode::FORBIDDEN, "Forbidden");
    pub(super) const INVALID_EMAIL: Self = Self(StatusCode::BAD_REQUEST, "Email invalide");
    pub(super) const UNREADABLE: Self = Self(StatusCode::BAD_REQUEST, "Corps de requête illisible");
    pub(super) const UNSUPPORTED: Self =
        Self(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported Media Type");
    pub(super) const BUSY: Self =
        Self(StatusCode::SERVICE_UNAVAILABLE, "Too many changes at once, try again");
    pub(super) const NO_TOKEN: Self = Self(StatusCode::BAD_REQUEST, "Token manquant");
    pub(super) const WRONG_TOKEN: Self = Self(StatusCode::UNAUTHORIZED, "Token invalide");

    pub(super) fn of_log(failure: &LogFailure) -> Self {
        error!(error = %Chain(failure), "command failed");
        Self(StatusCode::SERVICE_UNAVAILABLE, "Log unavailable, try again")
    }
}

pub(super) async fn not_allowed() -> Failure {
    Failure(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
}

impl From<Untaken> for Failure {
    fn from(reason: Untaken) -> Self {
        match reason {
            Untaken::Encoded => Self::UNSUPPORTED,
            Untaken::TooLarge => Self(StatusCode::PAYLOAD_TOO_LARGE, "Request Too Long"),
            Untaken::TooLate => Self(StatusCode::REQUEST_TIMEOUT, "Request Timeout"),
            Untaken::Broken => Self::UNREADABLE,
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Self(status, message) = self;
        let mut response = (status, Json(json!({ "message": message }))).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, 1_u16.into());
        }
        response
    }
}
