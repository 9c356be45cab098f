//! `GET /ws/{token}`: new messages, as they come, and what may be said in return. Instead of the
//! token, which addresses are a bad place for, it may be a ticket.

use axum::{
    extract::{
        Path, State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::StatusCode,
    response::Response,
};
use futures::FutureExt;

use super::spoken::Speaker;
use crate::{
    App,
    fastapi::Failure,
    hindered::from_execution,
    limits::Visitor,
    origin::Anonymous,
    sessions::Fate,
    sockets::{Audience, Pace, converse, upgraded},
    tokens::TicketRefused,
};

const FORBIDDEN: Failure = Failure::sentence(StatusCode::FORBIDDEN, "Forbidden");

/// An empty token is refused as any other that proves nothing.
pub(crate) async fn without_token() -> Failure {
    FORBIDDEN
}

pub(crate) async fn handler(
    State(app): State<App>,
    visitor: Visitor,
    Anonymous(request): Anonymous,
    Path(token): Path<String>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Failure> {
    let upgrade = upgrade.map_err(|_| Failure::NOT_FOUND)?;
    let bearer = match app.tokens.verify(&token) {
        Some(bearer) => bearer,
        None => app.take_ticket(&token, &request).await.map_err(|refused| match refused {
            TicketRefused::Invalid => FORBIDDEN,
            TicketRefused::Failed(error) => from_execution(error, |never| match never {}),
        })?,
    };
    let place = visitor.take_place(Some(bearer.user))?;
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
    Ok(upgraded(upgrade).on_upgrade(move |socket| async move {
        let _place = place;
        converse(socket, seat, watch.ended(), Pace::bounded(), hear).await;
    }))
}
