//! `GET /docs`: the description for people. Everything that the page needs is in this binary.

use std::sync::Arc;

use axum::{
    Router,
    extract::Path,
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    },
    response::{Html, IntoResponse, Response},
    routing::get,
};
use utoipa_swagger_ui::Config;

use crate::{App, fastapi::Failure};

const PAGE: &str = include_str!("page.html");
const START: &str = include_str!("page.js");

/// Scripts and styles come from here alone; the styles that the page's own script sets stand in it.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; base-uri 'self'; frame-ancestors 'none'",
);
/// Assets change only with the binary.
const KEPT: HeaderValue = HeaderValue::from_static("public, max-age=3600");

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/docs", get(async || ([(CONTENT_SECURITY_POLICY, POLICY)], Html(PAGE))))
        .route("/docs/{asset}", get(asset))
}

async fn asset(Path(name): Path<String>) -> Result<Response, Failure> {
    if name == "start.js" {
        return Ok(([(CONTENT_TYPE, "text/javascript")], START).into_response());
    }
    let found = utoipa_swagger_ui::serve(&name, Arc::new(Config::default()));
    let asset = found.ok().flatten().ok_or(Failure::NOT_FOUND)?;
    let kind = [(CONTENT_TYPE, asset.content_type)];
    Ok((kind, [(CACHE_CONTROL, KEPT)], asset.bytes).into_response())
}
