//! The envelope for everything but success.

use std::borrow::Cow;

use axum::{
    Json,
    http::{StatusCode, header::WWW_AUTHENTICATE},
    response::{IntoResponse, Response},
};
use projections::DatabaseError;
use schema::UserId;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{
    body::Untaken, caller::Caller, front::Refusal, hindered::Hindered, limits::RetryAfter,
};

/// An answer other than success: `{"detail": …}`.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// A status and a sentence.
    Detail(StatusCode, Cow<'static, str>),
    /// 401 that asks for a bearer token.
    Unauthorized(&'static str),
    /// 429: not now.
    TooMany(RetryAfter),
    /// 422: each entry says where, what and why.
    Invalid(Vec<Value>),
    /// 503: nothing is wrong with the request; it may be sent again.
    Unavailable(Hindered),
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
    pub(crate) const WITHOUT_LOG: Self = Self::hindered("Log unavailable, try again");
    pub(crate) const INACTIVE: Self = Self::sentence(StatusCode::FORBIDDEN, "Inactive user");
    pub(crate) const SESSION_UNKNOWN: Self =
        Self::hindered("State of the session is unknown, try again");
    pub(crate) const BAD_QUERY: Self =
        Self::sentence(StatusCode::BAD_REQUEST, "Query string cannot be read");
    const NOT_AUTHENTICATED: &str = "Not authenticated";
    const NOT_VALIDATED: &str = "Could not validate credentials";

    pub(crate) const fn sentence(status: StatusCode, detail: &'static str) -> Self {
        Self::Detail(status, Cow::Borrowed(detail))
    }

    pub(crate) const fn hindered(words: &'static str) -> Self {
        Self::Unavailable(Hindered::by(words))
    }
}

impl Failure {
    /// Its status.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Detail(status, _) => *status,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// What it says.
    pub(crate) fn body(&self) -> Value {
        match self {
            Self::Detail(_, detail) => json!({ "detail": detail }),
            Self::Unauthorized(detail) => json!({ "detail": detail }),
            Self::TooMany(_) => json!({ "detail": TOO_MANY }),
            Self::Invalid(entries) => json!({ "detail": entries }),
            Self::Unavailable(hindered) => json!({ "detail": hindered.words }),
        }
    }

    /// The answer, which says `body`.
    pub(crate) fn answer(self, body: Value) -> Response {
        let status = self.status();
        match self {
            Self::Detail(..) | Self::Invalid(_) => (status, Json(body)).into_response(),
            Self::Unauthorized(_) => {
                (status, [(WWW_AUTHENTICATE, "Bearer")], Json(body)).into_response()
            }
            Self::TooMany(wait) => (status, wait, Json(body)).into_response(),
            Self::Unavailable(hindered) => hindered.answer(body),
        }
    }

    /// The same in a line of words, where there is no status to go with it.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Detail(_, detail) => detail.clone().into_owned(),
            Self::Unauthorized(detail) => (*detail).to_owned(),
            Self::Unavailable(hindered) => hindered.words.to_owned(),
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
        (StatusCode::SERVICE_UNAVAILABLE, words) => Failure::hindered(words),
        (status, words) => Failure::sentence(status, words),
    }
}

/// The caller, if they are known.
pub(crate) fn known(caller: Caller) -> Result<(UserId, commands::Request), Failure> {
    match caller {
        Caller::Known { user, role: _, request } => Ok((user, *request)),
        Caller::Absent => Err(Failure::Unauthorized(Failure::NOT_AUTHENTICATED)),
        Caller::Invalid => Err(Failure::Unauthorized(Failure::NOT_VALIDATED)),
        Caller::Inactive => Err(Failure::INACTIVE),
        Caller::Unknown => Err(Failure::SESSION_UNKNOWN),
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

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Self {
        Hindered::from(error).into()
    }
}

impl From<Untaken> for Failure {
    fn from(reason: Untaken) -> Self {
        match reason {
            Untaken::Encoded => Self::ENCODED,
            Untaken::TooLarge => Self::TOO_LARGE,
            Untaken::TooLate => Self::TOO_LATE,
            Untaken::Broken => Self::BROKEN_BODY,
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = self.body();
        self.answer(body)
    }
}
