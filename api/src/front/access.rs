//! One line per request, and what is counted of it.

use std::time::Duration;

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
    let (method, status) = (method_name(&asked.method), response.status().as_u16());
    let took = asked.at.elapsed();
    measure(asked, route, response, took);
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    if asked.method.is_safe() && status < 400 {
        debug!(method, route, status, micros, "answered");
    } else {
        info!(method, route, status, micros, "answered");
    }
}

fn measure(asked: &Asked, route: &str, response: &Response, took: Duration) {
    let method = method_name(&asked.method);
    let status = response.status();
    let labels = [
        ("method", method.to_owned()),
        ("route", route.to_owned()),
        ("status", status.as_str().to_owned()),
    ];
    metrics::counter!("registre_requests_total", &labels).increment(1);
    let labels = [("method", method.to_owned()), ("route", route.to_owned())];
    metrics::histogram!("registre_request_seconds", &labels).record(took);
    if asked.method.is_safe() {
        return;
    }
    let outcome = if response.headers().contains_key("registre-position") {
        "accepted"
    } else if status.is_server_error() {
        "failed"
    } else {
        "refused"
    };
    let labels = [("route", route.to_owned()), ("outcome", outcome.to_owned())];
    metrics::counter!("registre_commands_total", &labels).increment(1);
}

/// Clients may make up methods; a label for each would be theirs to fill.
fn method_name(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
