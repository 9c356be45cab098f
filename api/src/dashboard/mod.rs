//! The page that one leaves open: what happens, what was, how the service is. It asks the public API
//! and nothing else, and everything that it needs is in this binary.

use aws_lc_rs::digest;
use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    http::{
        HeaderMap, HeaderValue,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
    },
    response::{Html, IntoResponse, Response},
    routing::get,
};

use crate::{App, fastapi::Failure};

const PAGE: &str = include_str!("page/index.html");

/// Name, type, text.
const ASSETS: &[(&str, &str, &str)] = &[
    ("style.css", "text/css; charset=utf-8", include_str!("page/style.css")),
    ("icon.svg", "image/svg+xml", include_str!("page/icon.svg")),
    ("main.js", "text/javascript; charset=utf-8", include_str!("page/main.js")),
    ("api.js", "text/javascript; charset=utf-8", include_str!("page/api.js")),
    ("dom.js", "text/javascript; charset=utf-8", include_str!("page/dom.js")),
    ("feed.js", "text/javascript; charset=utf-8", include_str!("page/feed.js")),
    ("health.js", "text/javascript; charset=utf-8", include_str!("page/health.js")),
    ("history.js", "text/javascript; charset=utf-8", include_str!("page/history.js")),
    ("past.js", "text/javascript; charset=utf-8", include_str!("page/past.js")),
    ("stream.js", "text/javascript; charset=utf-8", include_str!("page/stream.js")),
    ("words.js", "text/javascript; charset=utf-8", include_str!("page/words.js")),
];

/// Nothing stands in the page itself, and nothing comes from elsewhere.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Whoever comes back asks whether there is a newer binary.
const KEPT: HeaderValue = HeaderValue::from_static("no-cache");

pub(crate) fn router() -> Router<App> {
    Router::new().route("/dashboard/{asset}", get(asset))
}

/// The page itself, for whoever prefers HTML at `/`.
pub(crate) fn page() -> Response {
    ([(CONTENT_SECURITY_POLICY, POLICY)], Html(PAGE)).into_response()
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Failure> {
    let found = ASSETS.iter().find(|(known, _, _)| *known == name);
    let (_, kind, text) = found.ok_or(Failure::NOT_FOUND)?;
    let tag = format!("\"{:?}\"", digest::digest(&digest::SHA256, text.as_bytes()));
    let tag = HeaderValue::from_str(&tag).expect("a hash is plain");
    if headers.get(IF_NONE_MATCH) == Some(&tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(ETAG, tag), (CACHE_CONTROL, KEPT)]).into_response());
    }
    let headers =
        [(CONTENT_TYPE, HeaderValue::from_static(kind)), (ETAG, tag), (CACHE_CONTROL, KEPT)];
    Ok((headers, *text).into_response())
}

#[cfg(test)]
mod tests {
    use super::{ASSETS, PAGE};

    #[test]
    fn whatever_the_page_asks_for_is_here_and_nothing_comes_from_elsewhere() {
        for (name, _, text) in ASSETS.iter().copied().chain([("index.html", "", PAGE)]) {
            for wanted in text.split("/dashboard/").skip(1) {
                let wanted = wanted.split('"').next().unwrap();
                assert!(ASSETS.iter().any(|(known, _, _)| *known == wanted), "{name}: {wanted}");
            }
            for wanted in text.split("from \"./").skip(1) {
                let wanted = wanted.split('"').next().unwrap();
                assert!(ASSETS.iter().any(|(known, _, _)| *known == wanted), "{name}: {wanted}");
            }
            let elsewhere = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!elsewhere.contains("http://") && !elsewhere.contains("https://"), "{name}");
            assert!(!text.contains("innerHTML"), "{name}");
        }
    }
}
