//! `GET /ws/{token}`: new messages, as they come.

use axum::{
    extract::{
        Path, State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::StatusCode,
    response::Response,
};
use serde::de::IgnoredAny;

use super::Failure;
use crate::{
    App,
    sessions::Fate,
    sockets::{Audience, Close, converse, upgraded},
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
    // First the watch, then the question: what ends the session in between is not missed.
    let watch = app.sessions.watch(bearer);
    match app.sessions.fate(bearer).await {
        Fate::Living(_) => {}
        Fate::Inactive | Fate::Ended => return Err(FORBIDDEN),
        Fate::Unknown => return Err(Failure::SESSION_UNKNOWN),
    }
    // The seat is taken before the upgrade is answered: whoever sees the socket open misses nothing.
    let seat = app.hub.join(Audience::Person(bearer.user)).await;
    let seat = seat.map_err(|_| Failure::WITHOUT_LOG)?;
    Ok(upgraded(upgrade).on_upgrade(move |socket| converse(socket, seat, watch.ended(), hear)))
}

/// JSON is ignored, whatever it says; anything else ends the conversation.
fn hear(text: &str) -> Option<Close> {
    let unreadable = serde_json::from_str::<IgnoredAny>(text).is_err();
    unreadable.then_some(Close::UNREADABLE)
}
