//! One line per request.

use axum::{
    extract::{MatchedPath, Request},
    http::Method,
    middleware::Next,
    response::Response,
};
use tokio::time::Instant;
use tracing::{debug, info};

/// What was asked, and when.
pub(super) struct Asked {
    method: Method,
    at: Instant,
}

impl Asked {
    pub(super) fn now(request: &Request) -> Self {
        Self { method: request.method().clone(), at: Instant::now() }
    }
}

/// Lets the answer name the route that it is of, for the line and for the metrics.
pub(crate) async fn name_route(matched: MatchedPath, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.extensions_mut().insert(matched);
    response
}

/// Says how it went. A read that succeeds changes nothing, and is said to whoever asks for more.
pub(super) fn tell(asked: &Asked, response: &Response) {
    let route = response.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    let (method, status) = (asked.method.as_str(), response.status().as_u16());
    let micros = u64::try_from(asked.at.elapsed().as_micros()).unwrap_or(u64::MAX);
    if asked.method.is_safe() && status < 400 {
        debug!(method, route, status, micros, "answered");
    } else {
        info!(method, route, status, micros, "answered");
    }
}
