//! Headers of every answer, refusals included.

use axum::{
    http::{
        HeaderName, HeaderValue,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
            X_CONTENT_TYPE_OPTIONS,
        },
    },
    response::Response,
};

use super::request_id::{RequestId, X_REQUEST_ID};

/// What an answer says unless its handler knows better: nothing of it is to be run, framed, guessed
/// at or kept, for most of it is about people.
const STRICT: [(HeaderName, HeaderValue); 4] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Whoever has once come encrypted does so for two years, whatever a link says (RFC 6797).
const INSISTENT: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");

/// Has browsers come encrypted from here on.
pub(super) fn insist(response: &mut Response) {
    response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, INSISTENT);
}

pub(super) fn complete(response: &mut Response, id: &RequestId) {
    let headers = response.headers_mut();
    for (name, value) in STRICT {
        headers.entry(name).or_insert(value);
    }
    headers.insert(X_REQUEST_ID, id.header());
}
