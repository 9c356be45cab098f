//! The façade's envelope for everything but success.

use std::borrow::Cow;

use axum::{
    Json,
    http::{
        StatusCode,
        header::{RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use commands::ExecuteError;
use projections::DatabaseError;
use schema::UserId;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{caller::Caller, front::Refusal, limits::RetryAfter, outages::Trouble};

/// An answer other than success: `{"detail": …}`.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// A status and a sentence.
    Detail(StatusCode, Cow<'static, str>),
    /// 401 that asks for a bearer token.
    Unauthorized(&'static str),
    /// 401 on a route that another façade shares: both envelopes at once.
    Shared {
        /// What this façade's clients read.
        detail: &'static str,
        /// What the other's clients read.
        code: &'static str,
        /// In words.
        message: &'static str,
    },
    /// 429 in both envelopes.
    TooMany(RetryAfter),
    /// 422: each entry says where, what and why.
    Invalid(Vec<Value>),
    /// 503: nothing is wrong with the request; it may be sent again.
    Unavailable(&'static str),
    /// The same, because a part of the service failed.
    Failed(&'static str, Trouble),
}

const TOO_MANY: &str = "Too many attempts, try again later";

impl Failure {
    pub(crate) const NOT_FOUND: Self = Self::sentence(StatusCode::NOT_FOUND, "Not Found");
    pub(crate) const METHOD_NOT_ALLOWED: Self =
        Self::sentence(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed");
    pub(crate) const TOO_LARGE: Self =
        Self::sentence(StatusCode::PAYLOAD_TOO_LARGE, "Request body is too large");
    pub(crate) const TOO_LATE: Self =
        Self::sentence(StatusCode::REQUEST_TIMEOUT, "Request body did not arrive in time");
    pub(crate) const UNSUPPORTED: Self =
        Self::sentence(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content-Type is not supported");
    pub(crate) const ENCODED: Self =
        Self::sentence(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content-Encoding is not supported");
    pub(crate) const BROKEN_BODY: Self =
        Self::sentence(StatusCode::BAD_REQUEST, "Request body broke off");
    pub(crate) const WITHOUT_LOG: Self = Self::Unavailable("Log unavailable, try again");
    pub(crate) const INACTIVE: Self = Self::sentence(StatusCode::FORBIDDEN, "Inactive user");
    pub(crate) const SESSION_UNKNOWN: Self =
        Self::Unavailable("State of the session is unknown, try again");
    pub(crate) const BAD_QUERY: Self =
        Self::sentence(StatusCode::BAD_REQUEST, "Query string cannot be read");
    const NOT_AUTHENTICATED: &str = "Not authenticated";
    const NOT_VALIDATED: &str = "Could not validate credentials";

    pub(crate) const fn sentence(status: StatusCode, detail: &'static str) -> Self {
        Self::Detail(status, Cow::Borrowed(detail))
    }
}

impl Failure {
    /// The same in a line of words, where there is no status to go with it.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Detail(_, detail) => detail.clone().into_owned(),
            Self::Unauthorized(detail)
            | Self::Shared { detail, .. }
            | Self::Unavailable(detail)
            | Self::Failed(detail, _) => (*detail).to_owned(),
            Self::TooMany(_) => TOO_MANY.to_owned(),
            Self::Invalid(wrong) => {
                let said = wrong.iter().map(|one| {
                    let (place, words) = (&one["loc"][1], &one["msg"]);
                    [place, words].map(|of| of.as_str().unwrap_or_default()).join(": ")
                });
                said.collect::<Vec<_>>().join("; ")
            }
        }
    }
}

/// What a refusal says.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
pub(crate) struct Detail {
    /// In words.
    #[schema(example = "Not authenticated")]
    detail: String,
}

/// What a refusal of something unreadable says.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
pub(crate) struct Invalid {
    /// All that is wrong.
    detail: Vec<Wrong>,
}

/// One thing that is wrong.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct Wrong {
    /// What kind of thing.
    #[schema(example = "missing")]
    r#type: String,
    /// Where: the part of the request, then the name.
    #[schema(value_type = Vec<Value>, example = json!(["body", "email"]))]
    loc: Vec<Value>,
    /// In words.
    #[schema(example = "Field required")]
    msg: String,
    /// What was sent; never a password.
    input: Value,
}

/// A request that reached no handler.
pub(crate) fn refused(refusal: Refusal) -> Failure {
    match refusal.told() {
        (StatusCode::SERVICE_UNAVAILABLE, words) => Failure::Unavailable(words),
        (status, words) => Failure::sentence(status, words),
    }
}

/// The caller of a route that this façade has to itself.
pub(crate) fn known(caller: Caller) -> Result<(UserId, commands::Request), Failure> {
    match caller {
        Caller::Known { user, role: _, request } => Ok((user, *request)),
        Caller::Absent => Err(Failure::Unauthorized(Failure::NOT_AUTHENTICATED)),
        Caller::Invalid => Err(Failure::Unauthorized(Failure::NOT_VALIDATED)),
        Caller::Inactive => Err(Failure::INACTIVE),
        Caller::Unknown => Err(Failure::SESSION_UNKNOWN),
    }
}

/// The caller of a route below `/auth`, which two façades share.
pub(crate) fn known_to_both(caller: Caller) -> Result<(UserId, commands::Request), Failure> {
    match caller {
        Caller::Known { user, role: _, request } => Ok((user, *request)),
        Caller::Absent => Err(absent_to_both()),
        Caller::Invalid => Err(refused_to_both(Failure::NOT_VALIDATED)),
        Caller::Inactive => Err(Failure::INACTIVE),
        Caller::Unknown => Err(Failure::SESSION_UNKNOWN),
    }
}

/// Nobody has called a route below `/auth`.
pub(crate) fn absent_to_both() -> Failure {
    refused_to_both(Failure::NOT_AUTHENTICATED)
}

fn refused_to_both(detail: &'static str) -> Failure {
    Failure::Shared { detail, code: "ERROR_CODE_UNAUTHORIZED", message: "Authentication Required." }
}

/// A refusal becomes what its endpoint makes of it; trouble of ours is the same everywhere.
pub(crate) fn from_execution<R>(
    error: ExecuteError<R>,
    refusal: impl FnOnce(R) -> Failure,
) -> Failure {
    match error {
        ExecuteError::Rejected(rejected) => refusal(rejected),
        ExecuteError::Contended | ExecuteError::Moved => {
            Failure::Unavailable("Too many changes at once, try again")
        }
        ExecuteError::Busy => Failure::Unavailable("Too many logins at once, try again"),
        ExecuteError::Log(failure) => {
            let trouble = Trouble::of_log(&failure);
            if failure.outcome_unknown() {
                Failure::Failed("Outcome unknown, look before trying again", trouble)
            } else {
                Failure::Failed("Log unavailable, try again", trouble)
            }
        }
    }
}

impl From<RetryAfter> for Failure {
    fn from(wait: RetryAfter) -> Self {
        Self::TooMany(wait)
    }
}

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Self {
        Self::Failed("Read models unavailable, try again", Trouble::of_postgres(&error))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let bearer = [(WWW_AUTHENTICATE, "Bearer")];
        match self {
            Self::Detail(status, detail) => {
                (status, Json(json!({ "detail": detail }))).into_response()
            }
            Self::Unauthorized(detail) => {
                (StatusCode::UNAUTHORIZED, bearer, Json(json!({ "detail": detail })))
                    .into_response()
            }
            Self::Shared { detail, code, message } => {
                let body = json!({ "detail": detail, "code": code, "message": message });
                (StatusCode::UNAUTHORIZED, bearer, Json(body)).into_response()
            }
            Self::TooMany(wait) => {
                let body = json!({
                    "detail": TOO_MANY,
                    "code": "ERROR_CODE_TOO_MANY_REQUESTS",
                    "message": TOO_MANY,
                });
                (StatusCode::TOO_MANY_REQUESTS, wait, Json(body)).into_response()
            }
            Self::Invalid(entries) => {
                let body = Json(json!({ "detail": entries }));
                (StatusCode::UNPROCESSABLE_ENTITY, body).into_response()
            }
            Self::Failed(detail, trouble) => (trouble, Self::Unavailable(detail)).into_response(),
            Self::Unavailable(detail) => {
                let body = Json(json!({ "detail": detail }));
                (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")], body).into_response()
            }
        }
    }
}
