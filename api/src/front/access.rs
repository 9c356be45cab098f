//! One line per request, and what is counted of it.

use axum::{
    extract::{MatchedPath, Request},
    http::Method,
    response::Response,
};
use tokio::time::Instant;
use tracing::{debug, info};

use super::measures::{Kind, Measures};

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

/// Says how it went. A read that succeeds changes nothing, and is said to whoever asks for more.
pub(super) fn tell(asked: &Asked, response: &Response, measures: &Measures) {
    let route = response.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    let (method, status) = (method_name(&asked.method), response.status().as_u16());
    let took = asked.at.elapsed();
    let kind = Kind { method, status: response.status(), outcome: outcome(asked, response) };
    measures.count(route, kind, took);
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    if asked.method.is_safe() && status < 400 {
        debug!(method, route, status, micros, "answered");
    } else {
        info!(method, route, status, micros, "answered");
    }
}

/// What became of a command; none for what changes nothing.
fn outcome(asked: &Asked, response: &Response) -> Option<&'static str> {
    if asked.method.is_safe() {
        None
    } else if response.headers().contains_key("registre-position") {
        Some("accepted")
    } else if response.status().is_server_error() {
        Some("failed")
    } else {
        Some("refused")
    }
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
