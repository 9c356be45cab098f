//! The façade's envelope for everything but success.

use std::borrow::Cow;

use axum::{
    Json,
    http::{StatusCode, header::WWW_AUTHENTICATE},
    response::{IntoResponse, Response},
};
use commands::LogFailure;
use projections::DatabaseError;
use serde_json::json;
use utoipa::ToSchema;

use crate::{body::Untaken, front::Refusal, hindered::Hindered, limits::RetryAfter};

/// What a refusal says.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and written by hand")]
pub(super) struct Refused {
    /// For programs.
    #[schema(example = "ERROR_CODE_NOT_FOUND")]
    code: String,
    /// In words.
    #[schema(example = "Not Found.")]
    message: String,
}

/// What a refusal of something wrong says.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and written by hand")]
pub(super) struct WrongInput {
    /// For programs.
    #[schema(example = "ERROR_CODE_INPUT_ERROR")]
    code: String,
    /// In words.
    #[schema(example = "Missing param.")]
    message: String,
    /// Where it is wrong, if it is in one place.
    payload: Option<WrongPlace>,
}

/// Where something is wrong.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and written by hand")]
struct WrongPlace {
    #[schema(example = "name")]
    param: String,
}

/// An answer other than success: `{"code": …, "message": …}`.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// A status, a code that programs read, and a sentence.
    Told(StatusCode, &'static str, &'static str),
    /// 400: what was sent is wrong, and where.
    Input {
        /// The parameter.
        param: &'static str,
        /// What is wrong with it.
        message: Cow<'static, str>,
    },
    /// 401: nobody, or nobody any more.
    Unauthorized,
    /// 429: not now.
    TooMany(RetryAfter),
    /// 503: nothing is wrong with the request; it may be sent again.
    Unavailable(Hindered),
}

const INPUT_ERROR: &str = "ERROR_CODE_INPUT_ERROR";

impl Failure {
    /// The words that the published client looks for, to log in instead.
    pub(crate) const DUPLICATE: Self =
        Self::Told(StatusCode::BAD_REQUEST, "ERROR_FATAL", "Duplicate record detected.");
    pub(crate) const LAST_ADMINISTRATOR: Self =
        Self::Told(StatusCode::BAD_REQUEST, "ERROR_FATAL", "Last administrator.");
    pub(crate) const NOT_FOUND: Self =
        Self::Told(StatusCode::NOT_FOUND, "ERROR_CODE_NOT_FOUND", "Not Found.");
    pub(crate) const FORBIDDEN: Self =
        Self::Told(StatusCode::FORBIDDEN, "ERROR_CODE_ACCESS_DENIED", "Access Denied.");
    pub(crate) const METHOD_NOT_ALLOWED: Self = Self::Told(
        StatusCode::METHOD_NOT_ALLOWED,
        "ERROR_CODE_METHOD_NOT_ALLOWED",
        "Method Not Allowed.",
    );
    pub(crate) const UNREADABLE: Self =
        Self::Told(StatusCode::BAD_REQUEST, INPUT_ERROR, "Body is not a JSON object.");
    pub(crate) const UNSUPPORTED: Self = Self::Told(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        INPUT_ERROR,
        "Content-Type is not supported.",
    );

    pub(crate) const fn input(param: &'static str, message: &'static str) -> Self {
        Self::Input { param, message: Cow::Borrowed(message) }
    }
}

/// A request that reached no handler.
pub(crate) fn refused(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::NotFound => Failure::NOT_FOUND,
        Refusal::UriTooLong | Refusal::HeaderTooLarge => {
            let (status, words) = refusal.told();
            Failure::Told(status, INPUT_ERROR, words)
        }
        Refusal::Internal => {
            let (status, words) = refusal.told();
            Failure::Told(status, "ERROR_FATAL", words)
        }
        Refusal::Stopping | Refusal::WithoutLog => Hindered::by(refusal.told().1).into(),
    }
}

impl From<Hindered> for Failure {
    fn from(hindered: Hindered) -> Self {
        Self::Unavailable(hindered)
    }
}

impl From<RetryAfter> for Failure {
    fn from(wait: RetryAfter) -> Self {
        Self::TooMany(wait)
    }
}

impl From<LogFailure> for Failure {
    fn from(failure: LogFailure) -> Self {
        Hindered::from(failure).into()
    }
}

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Self {
        Hindered::from(error).into()
    }
}

impl From<Untaken> for Failure {
    fn from(reason: Untaken) -> Self {
        let (status, message) = match reason {
            Untaken::Encoded => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content-Encoding is not supported.")
            }
            Untaken::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Body is too large."),
            Untaken::TooLate => (StatusCode::REQUEST_TIMEOUT, "Body did not arrive in time."),
            Untaken::Broken => (StatusCode::BAD_REQUEST, "Body broke off."),
        };
        Self::Told(status, INPUT_ERROR, message)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Told(status, code, message) => {
                (status, Json(json!({ "code": code, "message": message }))).into_response()
            }
            Self::Input { param, message } => {
                let body = json!({
                    "code": INPUT_ERROR,
                    "message": message,
                    "payload": { "param": param },
                });
                (StatusCode::BAD_REQUEST, Json(body)).into_response()
            }
            Self::Unauthorized => {
                let body = json!({
                    "code": "ERROR_CODE_UNAUTHORIZED",
                    "message": "Authentication Required.",
                });
                let bearer = [(WWW_AUTHENTICATE, "Bearer")];
                (StatusCode::UNAUTHORIZED, bearer, Json(body)).into_response()
            }
            Self::TooMany(wait) => {
                let body = json!({
                    "code": "ERROR_CODE_TOO_MANY_REQUESTS",
                    "message": "Too many attempts, try again later.",
                });
                (StatusCode::TOO_MANY_REQUESTS, wait, Json(body)).into_response()
            }
            Self::Unavailable(hindered) => {
                let message = format!("{}.", hindered.words);
                let body = json!({ "code": "ERROR_CODE_UNAVAILABLE", "message": message });
                hindered.answer(body)
            }
        }
    }
}
