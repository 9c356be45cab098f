//! One name per request, for its client, for the log lines and for the facts it writes.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use schema::caps::REQUEST_ID_CHARS_MAX;
use uuid::Uuid;

use crate::clock;

/// What carries it, both ways.
pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request's id.
#[derive(Clone, Debug)]
pub(crate) struct RequestId {
    /// Ours. Ids of facts follow from it, so it is never what a client sent: two requests under one
    /// name would be taken for one.
    pub(crate) own: Uuid,
    shown: String,
}

impl RequestId {
    /// The id that the client gave it, where that is one; else ours.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let own = clock::request_id();
        let given = headers.get(X_REQUEST_ID).and_then(|given| given.to_str().ok());
        let shown = given.filter(|given| is_id(given));
        Self { own, shown: shown.map_or_else(|| own.to_string(), str::to_owned) }
    }

    /// As the client and the log lines see it.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    pub(super) fn header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.shown).expect("letters, digits and dashes make a header value")
    }
}

fn is_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=REQUEST_ID_CHARS_MAX).contains(&text.len()) && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};
    use schema::caps::REQUEST_ID_CHARS_MAX;

    use super::{RequestId, X_REQUEST_ID};

    fn id(given: &str) -> RequestId {
        let value = HeaderValue::from_str(given).unwrap();
        RequestId::of(&HeaderMap::from_iter([(X_REQUEST_ID, value)]))
    }

    #[test]
    fn the_clients_id_is_shown_and_never_becomes_ours() {
        let (one, two) = (id("order-17"), id("order-17"));
        assert_eq!((one.shown(), two.shown()), ("order-17", "order-17"));
        assert_ne!(one.own, two.own);
    }

    #[test]
    fn what_is_no_id_is_replaced() {
        let longest = "x".repeat(REQUEST_ID_CHARS_MAX);
        assert_eq!(id(&longest).shown(), longest);
        for given in ["", "a b", "a;b", "{}", &format!("{longest}x")] {
            let id = id(given);
            assert_eq!(id.shown(), id.own.to_string(), "{given:?}");
        }
    }
}
