//! Where a request comes from.

use axum::{
    extract::FromRequestParts,
    http::{header::USER_AGENT, request::Parts},
};
use commands::Request;
use schema::{Origin, caps::USER_AGENT_CHARS_MAX};

use crate::{
    clock,
    front::{ClientIp, RequestId},
};

/// A request of nobody's in particular, such as the one that founds the log.
#[must_use]
pub fn anonymous(origin: Origin) -> Request {
    Request::new(clock::request_id(), clock::now(), origin)
}

/// A request whose caller is not known, or does not matter.
pub(crate) struct Anonymous(pub(crate) Request);

impl<S: Sync> FromRequestParts<S> for Anonymous {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(request_of(parts)))
    }
}

/// The request of `parts`, under the id that its answer and its log lines name.
pub(crate) fn request_of(parts: &Parts) -> Request {
    let id = parts.extensions.get::<RequestId>().map_or_else(clock::request_id, |id| id.own);
    Request::new(id, clock::now(), origin_of(parts))
}

fn origin_of(parts: &Parts) -> Origin {
    let client = parts.extensions.get::<ClientIp>();
    let agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    Origin {
        ip: client.map(|client| client.address.to_string()),
        user_agent: agent.map(|agent| agent.chars().take(USER_AGENT_CHARS_MAX).collect()),
    }
}
