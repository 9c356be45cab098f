//! Commands as they were sent: the body, what the client calls the request, and which state it saw.

use axum::{
    extract::{FromRequest, Request},
    http::{
        HeaderMap,
        header::{CONTENT_TYPE, IF_MATCH},
    },
};
use commands::{KeyReused, Seen, Sent};
use schema::{IdKind, caps::IDEMPOTENCY_KEY_CHARS_MAX};
use utoipa::IntoParams;

use super::{
    body::{self, Fields},
    problem::{Kind, Problem, Wrong, from_execution},
};
use crate::{
    App,
    body::{self as raw, take},
};

const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// What a command was sent with, besides what it says.
#[derive(Debug)]
pub(crate) struct Envelope {
    method: String,
    target: String,
    key: Option<String>,
    seen: Seen,
    body: String,
}

/// The headers that an [`Envelope`] is read from.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "described here, and read by hand")]
pub(crate) struct Headers {
    /// What the client calls the request. Sent again under this name, it is carried out once.
    #[param(rename = "Idempotency-Key", example = "order-17", min_length = 1, max_length = 255)]
    idempotency_key: Option<String>,
    /// The `ETag` of the state that the client has seen. What has changed since is left alone.
    #[param(rename = "If-Match", example = "\"3\"")]
    if_match: Option<String>,
}

/// A command with a JSON object for a body.
pub(crate) struct Order {
    pub(crate) fields: Fields,
    pub(crate) envelope: Envelope,
}

/// A command that says everything by its path. What else is sent is not looked at.
pub(crate) struct Bare(pub(crate) Envelope);

impl<S: Sync> FromRequest<S> for Order {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let envelope = Envelope::of(&request)?;
        // A page of another origin may send a body without saying what it is.
        let said = request.headers().contains_key(CONTENT_TYPE);
        let (kind, body) = take(request).await?;
        let fields = match kind {
            raw::Kind::Json if said => body::read(&body)?,
            raw::Kind::Json | raw::Kind::Form | raw::Kind::Text => {
                return Err(Problem::new(Kind::UnsupportedMediaType, "send application/json"));
            }
        };
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Self { fields, envelope: Envelope { body, ..envelope } })
    }
}

impl<S: Sync> FromRequest<S> for Fields {
    type Rejection = Problem;

    /// The body alone, for what cannot be sent again under one name.
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        Order::from_request(request, state).await.map(|order| order.fields)
    }
}

impl<S: Sync> FromRequest<S> for Bare {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let envelope = Envelope::of(&request)?;
        let (_, body) = take(request).await?;
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Self(Envelope { body, ..envelope }))
    }
}

impl Envelope {
    fn of(request: &Request) -> Result<Self, Problem> {
        let target = request.uri().path_and_query();
        Ok(Self {
            method: request.method().to_string(),
            target: target.map(ToString::to_string).unwrap_or_default(),
            key: key(request.headers())?,
            seen: seen(request.headers()),
            body: String::new(),
        })
    }

    /// `request` as it is to be carried out: under the name that the client gave it, if any. It is
    /// going to make something whose id is of `kind`, if anything.
    pub(crate) async fn accept(
        &self,
        app: &App,
        request: commands::Request,
        kind: Option<IdKind>,
    ) -> Result<commands::Request, Problem> {
        let request = commands::Request { seen: self.seen.clone(), ..request };
        let Some(key) = &self.key else { return Ok(request) };
        let (method, target, body) = (&self.method, &self.target, &self.body);
        let accepted = app.commands.accept(request, Sent { method, target, key, body }, kind).await;
        accepted.map_err(|error| from_execution(error, |KeyReused| Problem::of(Kind::KeyReused)))
    }
}

/// What the client calls the request.
fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(key) = keys.next() else { return Ok(None) };
    let text = key.to_str().ok().filter(|_| keys.next().is_none());
    match text.filter(|text| (1..=IDEMPOTENCY_KEY_CHARS_MAX).contains(&text.len())) {
        Some(text) => Ok(Some(text.to_owned())),
        None => Err(Problem::invalid(vec![Wrong {
            pointer: "Idempotency-Key".to_owned(),
            code: "value",
            detail: format!(
                "the header is not 1 to {IDEMPOTENCY_KEY_CHARS_MAX} characters of ASCII"
            ),
        }])),
    }
}

/// Which states the client has seen (RFC 9110 section 13.1.1). A tag that we never gave is of none.
fn seen(headers: &HeaderMap) -> Seen {
    let mut revisions = Vec::new();
    let mut tags = headers.get_all(IF_MATCH).iter().peekable();
    if tags.peek().is_none() {
        return Seen::Any;
    }
    for tag in tags.flat_map(|tags| tags.to_str().unwrap_or_default().split(',')) {
        let tag = tag.trim();
        if tag == "*" {
            return Seen::Any;
        }
        let inner = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
        revisions.extend(inner.and_then(|tag| tag.parse::<u64>().ok()));
    }
    Seen::Revisions(revisions)
}

/// The header by which clients know a state again.
pub(crate) fn etag(revision: u64) -> [(&'static str, String); 1] {
    [("etag", format!("\"{revision}\""))]
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, header::IF_MATCH};
    use commands::Seen;

    use super::{IDEMPOTENCY_KEY, key, seen};

    fn with(name: &'static str, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn tags_are_read_as_they_were_given() {
        for (values, expected) in [
            (vec![], Seen::Any),
            (vec!["*"], Seen::Any),
            (vec!["\"3\""], Seen::Revisions(vec![3])),
            (vec!["\"3\", \"4\"", "\"7\""], Seen::Revisions(vec![3, 4, 7])),
            (vec!["W/\"3\""], Seen::Revisions(vec![])),
            (vec!["3"], Seen::Revisions(vec![])),
            (vec!["\"x\""], Seen::Revisions(vec![])),
        ] {
            assert_eq!(seen(&with(IF_MATCH.as_str(), &values)), expected, "{values:?}");
        }
    }

    #[test]
    fn a_request_has_one_name_of_bounded_length() {
        let longest = "x".repeat(255);
        assert_eq!(key(&with(IDEMPOTENCY_KEY, &[])).unwrap(), None);
        assert_eq!(key(&with(IDEMPOTENCY_KEY, &[&longest])).unwrap(), Some(longest.clone()));
        let over = format!("{longest}x");
        for values in [vec![""], vec!["a", "b"], vec![&over]] {
            assert!(key(&with(IDEMPOTENCY_KEY, &values)).is_err(), "{values:?}");
        }
    }
}
