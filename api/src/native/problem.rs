//! The envelope for everything but success: problem details (RFC 9457).

use std::borrow::Cow;

use axum::{
    body::Body,
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use commands::{ExecuteError, LogFailure};
use projections::DatabaseError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{body::Untaken, limits::RetryAfter, outages::Trouble};

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// What kind of problem it is. Its name is the `type` that programs look at: never change one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The body is not JSON.
    NotJson,
    /// The body broke off.
    BodyBroken,
    /// The query string cannot be read.
    BadQuery,
    /// A cursor that is none, or names no fact.
    BadCursor,
    /// No token, or one that proves nothing.
    Unauthorized,
    /// The caller may not do this.
    Forbidden,
    /// It is not there, or not the caller's.
    NotFound,
    /// There is no such method here.
    MethodNotAllowed,
    /// The body did not arrive in time.
    BodyTimeout,
    /// Somebody else has the value.
    Taken,
    /// Nobody else is an active administrator.
    LastAdministrator,
    /// The cursor is of another log.
    OtherLog,
    /// It has changed since.
    PreconditionFailed,
    /// The body is too large.
    BodyTooLarge,
    /// The path and query are too long.
    UriTooLong,
    /// The body is of a kind that is not taken.
    UnsupportedMediaType,
    /// Something in the request is not as it should be.
    Invalid,
    /// The request's name was given to another body before.
    KeyReused,
    /// Too often.
    TooMany,
    /// The header is too large.
    HeaderTooLarge,
    /// An error of ours.
    Internal,
    /// Nothing is wrong with the request; it may be sent again.
    Unavailable,
    /// Nobody knows whether it was done.
    OutcomeUnknown,
}

impl Kind {
    fn status(self) -> StatusCode {
        match self {
            Self::NotJson | Self::BodyBroken | Self::BadQuery | Self::BadCursor => {
                StatusCode::BAD_REQUEST
            }
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::Taken | Self::LastAdministrator => StatusCode::CONFLICT,
            Self::OtherLog => StatusCode::GONE,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UriTooLong => StatusCode::URI_TOO_LONG,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Invalid | Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::HeaderTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable | Self::OutcomeUnknown => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// What programs look at, and what people read.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::NotJson => ("not-json", "The body is not JSON"),
            Self::BodyBroken => ("body-broken", "The body broke off"),
            Self::BadQuery => ("bad-query", "The query string cannot be read"),
            Self::BadCursor => ("bad-cursor", "The cursor names no fact"),
            Self::Unauthorized => ("unauthorized", "Nobody is logged in"),
            Self::Forbidden => ("forbidden", "The caller may not do this"),
            Self::NotFound => ("not-found", "There is nothing here"),
            Self::MethodNotAllowed => ("method-not-allowed", "There is no such method here"),
            Self::BodyTimeout => ("body-timeout", "The body did not arrive in time"),
            Self::Taken => ("taken", "Somebody else has it"),
            Self::LastAdministrator => {
                ("last-administrator", "Nobody else is an active administrator")
            }
            Self::OtherLog => ("other-log", "The cursor is of another log"),
            Self::PreconditionFailed => ("precondition-failed", "It has changed since"),
            Self::BodyTooLarge => ("body-too-large", "The body is too large"),
            Self::UriTooLong => ("uri-too-long", "Path and query are too long"),
            Self::UnsupportedMediaType => {
                ("unsupported-media-type", "The body is of a kind that is not taken")
            }
            Self::Invalid => ("invalid", "The request is not as it should be"),
            Self::KeyReused => {
                ("idempotency-key-reused", "The Idempotency-Key was sent with another body before")
            }
            Self::TooMany => ("too-many-requests", "Too often"),
            Self::HeaderTooLarge => ("header-too-large", "The header is too large"),
            Self::Internal => ("internal", "An error of the service"),
            Self::Unavailable => ("unavailable", "A part of the service is away"),
            Self::OutcomeUnknown => ("outcome-unknown", "Nobody knows whether it was done"),
        }
    }
}

/// An answer other than success. Its body is written where the request's id is known.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    kind: Kind,
    detail: Option<Cow<'static, str>>,
    errors: Vec<Wrong>,
    retry_after: Option<RetryAfter>,
    trouble: Option<Box<Trouble>>,
}

/// One thing that is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ProblemError)]
pub(crate) struct Wrong {
    /// Where: a JSON pointer into the body after `#`, or a query parameter after `?`.
    #[schema(example = "#/title")]
    pub(crate) pointer: String,
    /// What kind of thing, for programs.
    #[schema(example = "missing")]
    pub(crate) code: &'static str,
    /// In words.
    #[schema(example = "the field is required")]
    pub(crate) detail: String,
}

/// What a refusal says (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Details<'a> {
    /// What kind of problem it is, for programs.
    #[schema(example = "urn:problem-type:registre:not-found")]
    r#type: String,
    /// The same, for people.
    #[schema(example = "There is nothing here")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 404)]
    status: u16,
    /// What is the matter this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "another event has the title")]
    detail: Option<&'a str>,
    /// The request's id, as the header `X-Request-Id` and the log lines tell it.
    #[schema(example = "01990000-0000-4000-8000-000000000017")]
    request_id: &'a str,
    /// All that is wrong with the request.
    #[serde(skip_serializing_if = "<[Wrong]>::is_empty")]
    errors: &'a [Wrong],
}

impl Problem {
    pub(crate) const NOT_FOUND: Self = Self::of(Kind::NotFound);

    pub(crate) const fn of(kind: Kind) -> Self {
        Self { kind, detail: None, errors: Vec::new(), retry_after: None, trouble: None }
    }

    /// A problem, and what is the matter this time.
    pub(crate) fn new(kind: Kind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { detail: Some(detail.into()), ..Self::of(kind) }
    }

    /// All that is wrong with a request.
    pub(crate) fn invalid(errors: Vec<Wrong>) -> Self {
        Self { errors, ..Self::of(Kind::Invalid) }
    }

    fn failed(kind: Kind, trouble: Trouble) -> Self {
        Self { trouble: Some(Box::new(trouble)), ..Self::of(kind) }
    }

    /// Writes the body of `response`, where it is a problem's, once it is known what the request is
    /// called.
    pub(crate) fn write(response: &mut Response, request_id: &str) {
        let Some(problem) = response.extensions_mut().remove::<Self>() else { return };
        let (name, title) = problem.kind.names();
        let body = Details {
            r#type: format!("urn:problem-type:registre:{name}"),
            title,
            status: problem.kind.status().as_u16(),
            detail: problem.detail.as_deref(),
            request_id,
            errors: &problem.errors,
        };
        let body = serde_json::to_vec(&body).expect("plain text becomes JSON");
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, PROBLEM_JSON);
        headers.remove(CONTENT_LENGTH);
        *response.body_mut() = Body::from(body);
    }
}

/// A refusal becomes what its endpoint makes of it; trouble of ours is the same everywhere.
pub(crate) fn from_execution<R>(
    error: ExecuteError<R>,
    refusal: impl FnOnce(R) -> Problem,
) -> Problem {
    match error {
        ExecuteError::Rejected(rejected) => refusal(rejected),
        ExecuteError::Contended => Problem::new(Kind::Unavailable, "too many changes at once"),
        ExecuteError::Moved => Problem::of(Kind::PreconditionFailed),
        ExecuteError::Busy => Problem::new(Kind::Unavailable, "too many passwords to hash at once"),
        ExecuteError::Log(failure) => failure.into(),
    }
}

impl From<RetryAfter> for Problem {
    fn from(wait: RetryAfter) -> Self {
        Self { retry_after: Some(wait), ..Self::of(Kind::TooMany) }
    }
}

impl From<LogFailure> for Problem {
    fn from(failure: LogFailure) -> Self {
        let unknown = failure.outcome_unknown();
        let kind = if unknown { Kind::OutcomeUnknown } else { Kind::Unavailable };
        Self::failed(kind, Trouble::of_log(&failure))
    }
}

impl From<DatabaseError> for Problem {
    fn from(error: DatabaseError) -> Self {
        Self::failed(Kind::Unavailable, Trouble::of_postgres(&error))
    }
}

impl From<Untaken> for Problem {
    fn from(reason: Untaken) -> Self {
        Self::of(match reason {
            Untaken::Encoded => Kind::UnsupportedMediaType,
            Untaken::TooLarge => Kind::BodyTooLarge,
            Untaken::TooLate => Kind::BodyTimeout,
            Untaken::Broken => Kind::BodyBroken,
        })
    }
}

impl IntoResponse for Problem {
    fn into_response(mut self) -> Response {
        let status = self.kind.status();
        let trouble = self.trouble.take();
        let away = status == StatusCode::SERVICE_UNAVAILABLE;
        let wait = self.retry_after.or(away.then_some(RetryAfter(1)));
        let mut response = status.into_response();
        let headers = response.headers_mut();
        if let Some(RetryAfter(seconds)) = wait {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(self);
        match trouble {
            Some(trouble) => (*trouble, response).into_response(),
            None => response,
        }
    }
}
