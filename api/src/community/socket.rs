//! `GET /ws/{token}`: new messages, as they come.

use std::time::Duration;

use axum::{
    extract::{
        Path, State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::StatusCode,
    response::Response,
};
use schema::caps::SOCKET_FRAME_BYTES_MAX;
use serde::de::IgnoredAny;

use super::Failure;
use crate::{
    App, clock,
    sockets::{Close, converse},
};

const FORBIDDEN: Failure = Failure::sentence(StatusCode::FORBIDDEN, "Forbidden");

/// An empty token is refused as any other that proves nothing.
pub(crate) async fn without_token() -> Failure {
    FORBIDDEN
}

pub(crate) async fn handler(
    State(app): State<App>,
    Path(token): Path<String>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Failure> {
    let upgrade = upgrade.map_err(|_| Failure::NOT_FOUND)?;
    let bearer = app.tokens.verify(&token).ok_or(FORBIDDEN)?;
    // The seat is taken before the upgrade is answered: whoever sees the socket open misses nothing.
    let seat = app.hub.join(bearer.user).await;
    let seat = seat.map_err(|_| Failure::Unavailable("Log unavailable, try again"))?;
    let left = bearer.expires - clock::now().timestamp();
    let lifetime = Duration::from_secs(left.max(0).cast_unsigned());
    Ok(upgrade
        .max_message_size(SOCKET_FRAME_BYTES_MAX)
        .max_frame_size(SOCKET_FRAME_BYTES_MAX)
        .on_upgrade(move |socket| converse(socket, seat, lifetime, hear)))
}

/// JSON is ignored, whatever it says; anything else ends the conversation.
fn hear(text: &str) -> Option<Close> {
    let unreadable = serde_json::from_str::<IgnoredAny>(text).is_err();
    unreadable.then_some(Close(4000, "unreadable text"))
}
