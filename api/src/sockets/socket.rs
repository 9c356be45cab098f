//! One socket, from its upgrade to its close.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures::{SinkExt, StreamExt};
use schema::caps::{PING_EVERY, SOCKET_GOODBYE_WAIT, SOCKET_PROGRESS_WAIT};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};

use super::hub::Seat;

/// Why we close a socket: a code of RFC 6455 or of our own (4000 and up), and words for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Close(pub(crate) u16, pub(crate) &'static str);

impl Close {
    /// We are going away; come back.
    const STOPPING: Self = Self(1001, "service stops");
    /// The queue was full, or a frame was not accepted in time.
    const TOO_SLOW: Self = Self(4008, "too slow");
    /// A ping was not answered.
    const SILENT: Self = Self(4008, "no answer to a ping");
    /// The access token has ended.
    const EXPIRED: Self = Self(4001, "token expired");
}

/// Sends what arrives at `seat` and hands each text that the client sends to `hear`, until the
/// client goes, `lifetime` is over, or `hear` says why to close. Whatever the client does or does
/// not do, each wait has an end.
pub(crate) async fn converse(
    mut socket: WebSocket,
    mut seat: Seat,
    lifetime: Duration,
    hear: impl Fn(&str) -> Option<Close>,
) {
    let stopping = seat.stopping.clone();
    let close = tokio::select! {
        close = exchange(&mut socket, &mut seat, hear) => close,
        () = sleep(lifetime) => Some(Close::EXPIRED),
        () = stopping.cancelled() => Some(Close::STOPPING),
    };
    let Some(Close(code, reason)) = close else { return };
    let goodbye = async {
        let frame = CloseFrame { code, reason: reason.into() };
        socket.send(Message::Close(Some(frame))).await?;
        socket.close().await
    };
    // Whoever has gone already, or does not listen, does not hear it.
    let _unheard = timeout(SOCKET_GOODBYE_WAIT, goodbye).await;
}

/// Why we close it; `None` when the client has.
async fn exchange(
    socket: &mut WebSocket,
    seat: &mut Seat,
    hear: impl Fn(&str) -> Option<Close>,
) -> Option<Close> {
    let mut pings = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut answered = true;
    loop {
        let said = tokio::select! {
            frame = seat.frames.recv() => match frame {
                Some(frame) => Message::Text(frame),
                None => return Some(Close::TOO_SLOW),
            },
            message = socket.next() => {
                match message?.ok()? {
                    Message::Text(text) => {
                        if let Some(close) = hear(&text) {
                            return Some(close);
                        }
                    }
                    Message::Pong(_) => answered = true,
                    Message::Close(_) => return None,
                    Message::Binary(_) | Message::Ping(_) => {}
                }
                continue;
            }
            _ = pings.tick() => {
                if !answered {
                    return Some(Close::SILENT);
                }
                answered = false;
                Message::Ping(bytes::Bytes::new())
            }
        };
        match timeout(SOCKET_PROGRESS_WAIT, socket.send(said)).await {
            Ok(done) => done.ok()?,
            Err(_) => return Some(Close::TOO_SLOW),
        }
    }
}
