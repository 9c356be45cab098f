//! `GET /ws/notifications/`: registrations and logins, as they come, for whoever listens.

use std::future::{pending, ready};

use axum::{
    extract::{
        State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    response::Response,
};

use futures::FutureExt;

use super::refused;

use crate::{
    App,
    front::Refusal,
    sockets::{Audience, Heard, converse, upgraded},
};

pub(crate) async fn handler(
    State(app): State<App>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else {
        return refused(Refusal::NotFound);
    };
    // The seat is taken before the upgrade is answered: whoever sees the socket open misses nothing.
    let Ok(seat) = app.hub.join(Audience::Everyone).await else {
        return refused(Refusal::WithoutLog);
    };
    // Whatever its client says is ignored, and its time does not end.
    upgraded(upgrade).on_upgrade(move |socket| {
        converse(socket, seat, pending(), |_| ready(Heard::Nothing).boxed())
    })
}
