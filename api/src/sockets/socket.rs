//! One socket, from its upgrade to its close.

use std::{pin::pin, task::Poll, time::Duration};

use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use futures::{SinkExt, StreamExt, future::BoxFuture, poll};
use schema::caps::{SOCKET_FRAME_BYTES_MAX, SOCKET_READ_BUFFER_BYTES, SOCKET_WRITE_BUFFER_BYTES};
use tokio::time::{Instant, sleep_until, timeout};

use super::{Close, Pace, hub::Limits, seat::Seat};

/// `upgrade`, with no more memory than a socket needs that mostly waits.
pub(crate) fn upgraded(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade
        .read_buffer_size(SOCKET_READ_BUFFER_BYTES)
        .write_buffer_size(SOCKET_WRITE_BUFFER_BYTES)
        .max_message_size(SOCKET_FRAME_BYTES_MAX)
        .max_frame_size(SOCKET_FRAME_BYTES_MAX)
}

/// What a text of the client's comes to.
pub(crate) enum Heard {
    /// It is passed over.
    Nothing,
    /// This is sent in return.
    Answer(Utf8Bytes),
    /// It ends the conversation.
    Close(Close),
}

/// Sends what arrives at `seat` and hands each text that the client sends to `hear`, until the
/// client goes, `end` comes, or `hear` says why to close. Whatever the client does or does not do,
/// each wait has an end.
pub(crate) async fn converse(
    mut socket: WebSocket,
    mut seat: Seat,
    end: impl Future<Output = Close>,
    pace: Pace,
    hear: impl Fn(Utf8Bytes) -> BoxFuture<'static, Heard>,
) {
    let stopping = seat.stopping();
    let close = tokio::select! {
        biased;
        () = stopping.cancelled() => Some(Close::STOPPING),
        close = end => Some(close),
        close = exchange(&mut socket, &mut seat, pace, hear) => close,
    };
    let Some(close) = close else { return };
    let wait = seat.limits().goodbye;
    // Nothing more is kept for it, and it counts as open until it has heard why.
    let _open = seat.leave();
    say_goodbye(&mut socket, close, wait).await;
}

/// Lets the client hear why its socket is closed, for as long as `wait`.
pub(crate) async fn say_goodbye(socket: &mut WebSocket, close: Close, wait: Duration) {
    let goodbye = async {
        socket.send(Message::Close(Some(close.frame()))).await?;
        // What was sent to us and not read would take the goodbye with it when we hang up.
        while close.leaves_readable() && socket.next().await.is_some_and(|heard| heard.is_ok()) {}
        Ok::<(), axum::Error>(())
    };
    // Whoever has gone already, or does not listen, does not hear it.
    let _unheard = timeout(wait, goodbye).await;
}

/// Why we close it; `None` when the client has.
async fn exchange(
    socket: &mut WebSocket,
    seat: &mut Seat,
    mut pace: Pace,
    hear: impl Fn(Utf8Bytes) -> BoxFuture<'static, Heard>,
) -> Option<Close> {
    let limits = seat.limits();
    let mut asked = false;
    let patience = sleep_until(Instant::now() + limits.silence);
    tokio::pin!(patience);
    loop {
        tokio::select! {
            frames = seat.next() => {
                if let Err(closed) = write(socket, frames, limits).await {
                    return closed;
                }
            }
            said = socket.next() => {
                match said? {
                    Ok(Message::Text(_) | Message::Binary(_) | Message::Ping(_))
                        if !pace.admit() =>
                    {
                        return Some(Close::TOO_MANY);
                    }
                    Ok(Message::Text(text)) => {
                        match hear(text).await {
                            Heard::Nothing => {}
                            Heard::Answer(text) => {
                                if let Err(closed) = write(socket, vec![text], limits).await {
                                    return closed;
                                }
                            }
                            Heard::Close(close) => return Some(close),
                        }
                    }
                    Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_)) => {}
                    Ok(Message::Close(_)) => return None,
                    Err(error) => return Close::after(error),
                }
                asked = false;
                patience.as_mut().reset(Instant::now() + limits.silence);
            }
            () = &mut patience => {
                if asked {
                    return Some(Close::SILENT);
                }
                asked = true;
                patience.as_mut().reset(Instant::now() + limits.answer);
                let ping = Message::Ping(bytes::Bytes::new());
                match timeout(limits.progress, socket.send(ping)).await {
                    Ok(asked) => asked.ok()?,
                    Err(_) => return Some(Close::TOO_SLOW),
                }
            }
        }
    }
}

/// Writes `frames` with as few calls as it takes. Each of them may take its time. An error says why
/// to close, if the client has not.
pub(crate) async fn write(
    socket: &mut WebSocket,
    frames: Vec<Utf8Bytes>,
    limits: Limits,
) -> Result<(), Option<Close>> {
    for frame in frames {
        within(limits.progress, socket.feed(Message::Text(frame))).await?;
    }
    within(limits.progress, socket.flush()).await
}

/// What `writing` comes to. Most writes need not wait, and so need no clock.
async fn within(
    limit: Duration,
    writing: impl Future<Output = Result<(), axum::Error>>,
) -> Result<(), Option<Close>> {
    let mut writing = pin!(writing);
    let written = match poll!(writing.as_mut()) {
        Poll::Ready(written) => written,
        Poll::Pending => timeout(limit, writing).await.map_err(|_| Some(Close::TOO_SLOW))?,
    };
    written.map_err(|_| None)
}
