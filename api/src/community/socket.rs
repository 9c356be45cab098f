//! `GET /ws/{token}`: new messages, as they come, and what may be said in return.

use axum::{
    extract::{
        Path, State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::StatusCode,
    response::Response,
};
use futures::FutureExt;

use super::{Failure, spoken::Speaker};
use crate::{
    App,
    origin::Anonymous,
    sessions::Fate,
    sockets::{Audience, converse, upgraded},
};

const FORBIDDEN: Failure = Failure::sentence(StatusCode::FORBIDDEN, "Forbidden");

/// An empty token is refused as any other that proves nothing.
pub(crate) async fn without_token() -> Failure {
    FORBIDDEN
}

pub(crate) async fn handler(
    State(app): State<App>,
    Path(token): Path<String>,
    Anonymous(request): Anonymous,
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
    let speaker =
        Speaker { app, user: bearer.user, session: bearer.session, origin: request.origin };
    let hear = move |text| speaker.clone().hear(text).boxed();
    Ok(upgraded(upgrade).on_upgrade(move |socket| converse(socket, seat, watch.ended(), hear)))
}
