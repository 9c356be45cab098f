//! One socket, from its upgrade to its close.

use std::{borrow::Cow, time::Duration};

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures::{SinkExt, StreamExt};
use schema::caps::PING_EVERY;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep};

use super::hub::Seat;

/// Why we close a socket: a code of RFC 6455 or of our own (4000 and up), and words for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Close(pub(crate) u16, pub(crate) &'static str);

impl Close {
    /// We are going away; come back.
    const STOPPING: Self = Self(1001, "service stops");
    /// The queue was full.
    const TOO_SLOW: Self = Self(4008, "too slow");
    /// The access token has ended.
    const EXPIRED: Self = Self(4001, "token expired");
}

/// Sends what arrives at `seat` and hands each text that the client sends to `hear`, until the
/// client goes, `lifetime` is over, or `hear` says why to close.
pub(crate) async fn converse(
    mut socket: WebSocket,
    mut seat: Seat,
    lifetime: Duration,
    hear: impl Fn(&str) -> Option<Close>,
) {
    if let Some(close) = exchange(&mut socket, &mut seat, lifetime, hear).await {
        let frame = CloseFrame { code: close.0, reason: Cow::from(close.1).into_owned().into() };
        // Whoever has gone already does not hear it.
        let _gone = socket.send(Message::Close(Some(frame))).await;
        let _gone = socket.close().await;
    }
}

/// Why we close it; `None` when the client has.
async fn exchange(
    socket: &mut WebSocket,
    seat: &mut Seat,
    lifetime: Duration,
    hear: impl Fn(&str) -> Option<Close>,
) -> Option<Close> {
    let mut pings = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut answered = true;
    let mut expiry = std::pin::pin!(sleep(lifetime));
    loop {
        tokio::select! {
            frame = seat.frames.recv() => match frame {
                Some(frame) => socket.send(Message::Text(frame)).await.ok()?,
                None => return Some(Close::TOO_SLOW),
            },
            message = socket.next() => match message?.ok()? {
                Message::Text(text) => {
                    if let Some(close) = hear(&text) {
                        return Some(close);
                    }
                }
                Message::Pong(_) => answered = true,
                Message::Close(_) => return None,
                Message::Binary(_) | Message::Ping(_) => {}
            },
            _ = pings.tick() => {
                if !answered {
                    return None;
                }
                answered = false;
                socket.send(Message::Ping(bytes::Bytes::new())).await.ok()?;
            }
            () = &mut expiry => return Some(Close::EXPIRED),
            () = seat.stopping.cancelled() => return Some(Close::STOPPING),
        }
    }
}
