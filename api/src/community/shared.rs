//! The routes that this façade shares with Inventory: what is refused there says what the clients of
//! both read.

use axum::response::{IntoResponse, Response};
use serde_json::json;
use utoipa::ToSchema;

use crate::{fastapi::Failure, hindered::Hindered, limits::RetryAfter};

/// What a refusal says to the clients of both.
#[derive(ToSchema)]
#[schema(as = SharedRefusal)]
#[expect(dead_code, reason = "described here, and written by hand")]
pub(super) struct Refused {
    /// In words, for clients of Community.
    #[schema(example = "Identifiants invalides")]
    detail: String,
    /// For programs, as clients of Inventory have it.
    #[schema(example = "ERROR_CODE_ACCESS_DENIED")]
    code: String,
    /// In words, for these.
    #[schema(example = "Invalid Credentials.")]
    message: String,
}

/// An answer other than success, in both envelopes at once.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    failure: Failure,
    code: &'static str,
    message: &'static str,
}

impl Shared {
    /// Address or password is wrong.
    pub(super) const WRONG_CREDENTIALS: Self = Self {
        failure: Failure::Unauthorized("Identifiants invalides"),
        code: "ERROR_CODE_ACCESS_DENIED",
        message: "Invalid Credentials.",
    };
}

impl From<Failure> for Shared {
    fn from(failure: Failure) -> Self {
        let (code, message) = match failure.status().as_u16() {
            401 => ("ERROR_CODE_UNAUTHORIZED", "Authentication Required."),
            403 => ("ERROR_CODE_ACCESS_DENIED", "Access Denied."),
            429 => ("ERROR_CODE_TOO_MANY_REQUESTS", "Too many attempts, try again later."),
            503 => ("ERROR_CODE_UNAVAILABLE", "Unavailable, try again."),
            _ => ("ERROR_CODE_INPUT_ERROR", "Body is not as it should be."),
        };
        Self { failure, code, message }
    }
}

impl From<RetryAfter> for Shared {
    fn from(wait: RetryAfter) -> Self {
        Failure::from(wait).into()
    }
}

impl From<Hindered> for Shared {
    fn from(hindered: Hindered) -> Self {
        Failure::from(hindered).into()
    }
}

impl IntoResponse for Shared {
    fn into_response(self) -> Response {
        let mut body = self.failure.body();
        body["code"] = json!(self.code);
        body["message"] = json!(self.message);
        self.failure.answer(body)
    }
}
