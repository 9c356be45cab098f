//! `GET /ws/notifications/`: registrations and logins, as they come, for whoever listens.

use std::future::{pending, ready};

use axum::{
    extract::{
        State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    response::{IntoResponse, Response},
};

use futures::FutureExt;

use super::{failure::Failure, refused};
use crate::{
    App,
    front::Refusal,
    limits::Visitor,
    sockets::{Audience, Heard, Pace, converse, upgraded},
};

pub(crate) async fn handler(
    State(app): State<App>,
    visitor: Visitor,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else {
        return refused(Refusal::NotFound);
    };
    let place = match visitor.take_place(None) {
        Ok(place) => place,
        Err(wait) => return Failure::from(wait).into_response(),
    };
    // The seat is taken before the upgrade is answered: whoever sees the socket open misses nothing.
    let Ok(seat) = app.hub.join(Audience::Everyone).await else {
        return refused(Refusal::WithoutLog);
    };
    // Whatever its client says is ignored, and its time does not end.
    upgraded(upgrade).on_upgrade(move |socket| async move {
        let _place = place;
        converse(socket, seat, pending(), Pace::unbounded(), |_| ready(Heard::Nothing).boxed())
            .await;
    })
}
