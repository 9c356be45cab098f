//! Pages of which origins may call (the Fetch standard's CORS).
//!
//! There is no ambient credential: no cookie is set or read. So "any origin" gives a page nothing
//! that a program on the same machine would not have.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, Any, CorsLayer};

use super::preference::{PREFER, PREFERENCE_APPLIED};

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
    /// Whether a page that sends `headers` may open a socket, which CORS says nothing about. What
    /// names no origin is no page, and a page of ours may talk to us.
    pub(crate) fn admit(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(header::ORIGIN) else { return true };
        match self {
            Self::Any => true,
            Self::Listed(origins) => origins.contains(origin) || is_ours(origin, headers),
        }
    }

    pub(super) fn layer(&self) -> CorsLayer {
        let headers = [
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            HeaderName::from_static("idempotency-key"),
            PREFER,
            HeaderName::from_static("x-api-key"),
            HeaderName::from_static("x-request-id"),
        ];
        let cors = CorsLayer::new().allow_methods(METHODS).allow_headers(headers);
        let cors = cors.expose_headers([
            PREFERENCE_APPLIED,
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

/// Whether `origin` is the very authority that was asked.
fn is_ours(origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let authority = origin.to_str().ok().and_then(|origin| Some(origin.split_once("://")?.1));
    let asked = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    authority.zip(asked).is_some_and(|(authority, asked)| authority.eq_ignore_ascii_case(asked))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};

    use super::Origins;

    fn admitted(origins: &Origins, origin: Option<&'static str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("registre.example:8443"));
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
        }
        origins.admit(&headers)
    }

    #[test]
    fn check_64_a_page_of_a_listed_origin_or_of_ours_opens_sockets_and_no_other_does() {
        let listed = Origins::Listed(vec![HeaderValue::from_static("https://app.example.com")]);
        for origin in [
            None,
            Some("https://app.example.com"),
            Some("https://registre.example:8443"),
            Some("https://REGISTRE.example:8443"),
        ] {
            assert!(admitted(&listed, origin), "{origin:?}");
        }
        for origin in [
            "null",
            "",
            "https://evil.example",
            "https://app.example.com.evil.example",
            "http://app.example.com",
            "https://registre.example",
            "registre.example:8443",
        ] {
            assert!(!admitted(&listed, Some(origin)), "{origin}");
            assert!(admitted(&Origins::Any, Some(origin)), "{origin}");
        }
        assert!(!admitted(&Origins::Listed(Vec::new()), Some("https://app.example.com")));
    }
}
