//! `GET /ws/notifications/`: registrations and logins, as they come, for whoever listens.

use std::future::pending;

use axum::{
    Json,
    extract::{
        State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{
    App,
    sockets::{Audience, converse, upgraded},
};

pub(crate) async fn handler(
    State(app): State<App>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else {
        let body = Json(json!({ "detail": "Not found." }));
        return (StatusCode::NOT_FOUND, body).into_response();
    };
    // The seat is taken before the upgrade is answered: whoever sees the socket open misses nothing.
    let Ok(seat) = app.hub.join(Audience::Everyone).await else {
        let body = Json(json!({ "detail": "Log unavailable, try again" }));
        let after = [(RETRY_AFTER, "1")];
        return (StatusCode::SERVICE_UNAVAILABLE, after, body).into_response();
    };
    // Whatever its client says is ignored, and its time does not end.
    upgraded(upgrade).on_upgrade(move |socket| converse(socket, seat, pending(), |_| None))
}
