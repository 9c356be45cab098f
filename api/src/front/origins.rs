//! Pages of which origins may call (the Fetch standard's CORS).
//!
//! There is no ambient credential: no cookie is set or read. So "any origin" gives a page nothing
//! that a program on the same machine would not have.

use axum::http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, Any, CorsLayer};

/// Origins whose pages may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origins {
    /// All of them.
    Any,
    /// These and no others.
    Listed(Vec<HeaderValue>),
}

const METHODS: [Method; 5] =
    [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

impl Origins {
    pub(super) fn layer(&self) -> CorsLayer {
        let headers = [
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            HeaderName::from_static("idempotency-key"),
            HeaderName::from_static("x-api-key"),
            HeaderName::from_static("x-request-id"),
        ];
        let cors = CorsLayer::new().allow_methods(METHODS).allow_headers(headers);
        let cors = cors.expose_headers([
            HeaderName::from_static("registre-position"),
            HeaderName::from_static("registre-projected"),
            HeaderName::from_static("registre-read-position"),
            HeaderName::from_static("x-request-id"),
            header::ETAG,
            header::LOCATION,
            header::RETRY_AFTER,
        ]);
        match self {
            Self::Any => cors.allow_origin(Any),
            Self::Listed(origins) => cors.allow_origin(AllowOrigin::list(origins.clone())),
        }
    }
}
