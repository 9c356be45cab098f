//! `GET /`

use axum::{
    Json,
    http::{
        HeaderMap, HeaderValue,
        header::{ACCEPT, VARY},
    },
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::dashboard;

/// Be greeted
///
/// People are greeted in HTML, programs in JSON.
#[utoipa::path(
    get, path = "/", operation_id = "welcome",
    responses((status = 200, description = "Where to go from here", content(
        (serde_json::Value = "application/json", example = json!({
            "message": "Bienvenue sur l'API Registre",
            "documentation": { "interactive": "/docs", "openapi": "/openapi.json" },
        })),
        (String = "text/html"),
    )))
)]
pub(crate) async fn handler(headers: HeaderMap) -> Response {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let vary = [(VARY, HeaderValue::from_static("accept"))];
    if prefers_html(accept) {
        return (vary, dashboard::page()).into_response();
    }
    let body = json!({
        "message": "Bienvenue sur l'API Registre",
        "documentation": { "interactive": "/docs", "openapi": "/openapi.json" },
    });
    (vary, Json(body)).into_response()
}

/// Whether HTML is asked for, and more than JSON is (RFC 9110 section 12.5.1).
fn prefers_html(accept: &str) -> bool {
    let html = weight(accept, "text/html");
    html.is_some_and(|html| html > weight(accept, "application/json").unwrap_or(0.0))
}

/// The weight of a type that is named; a wildcard names none.
fn weight(accept: &str, kind: &str) -> Option<f32> {
    accept.split(',').find_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let named = parts.next()?.eq_ignore_ascii_case(kind);
        let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok());
        named.then_some(weight.unwrap_or(1.0))
    })
}

#[cfg(test)]
mod tests {
    use super::prefers_html;

    #[test]
    fn browsers_prefer_html() {
        assert!(prefers_html("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
        assert!(prefers_html("application/json;q=0.5, text/html"));
    }

    #[test]
    fn programs_do_not() {
        for accept in ["", "*/*", "application/json", "application/json, text/html;q=0.9", "text/*"]
        {
            assert!(!prefers_html(accept), "{accept:?}");
        }
    }
}
