//! The stream over a WebSocket (RFC 6455).

use axum::extract::ws::{Message, WebSocket};
use bytes::Bytes;
use commands::Request;
use futures::StreamExt;
use schema::caps::STREAM_AUTHENTICATION_WAIT;
use serde::Deserialize;
use tokio::time::{Instant, sleep_until, timeout};

use super::{
    course::Course,
    grant::{Grant, Refused, Turn},
    line::{Kind, Line},
};
use crate::{
    App, clock,
    sockets::{Close, Pace, say_goodbye, write},
};

/// What a client may say. Everything else that is JSON is ignored.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Said {
    /// This token counts from now on.
    Authenticate { token: String },
    #[serde(other)]
    Other,
}

/// What was heard.
enum Heard {
    Nothing,
    Token(String),
    End(Option<Close>),
}

/// The right that the client proves by its first words.
pub(super) async fn authenticate(
    app: &App,
    socket: &mut WebSocket,
    request: &Request,
) -> Result<Grant, Option<Close>> {
    let mut pace = Pace::bounded();
    let first = async {
        loop {
            match hear(&mut pace, socket.next().await) {
                Heard::Nothing => {}
                Heard::Token(token) => return Ok(token),
                Heard::End(close) => return Err(close),
            }
        }
    };
    let token = timeout(STREAM_AUTHENTICATION_WAIT, first).await;
    let token = token.map_err(|_| Close::UNAUTHENTICATED)??;
    prove(app, &token, request).await.map_err(Some)
}

/// Tells the client what `course` brings, for as long as `grant` lasts or is renewed.
pub(super) async fn converse(
    app: &App,
    socket: &mut WebSocket,
    hello: Line,
    mut course: Course,
    mut grant: Grant,
    request: &Request,
) {
    let stopping = course.stopping();
    let close = tokio::select! {
        biased;
        () = stopping.cancelled() => Some(Close::STOPPING),
        close = exchange(app, socket, hello, &mut course, &mut grant, request) => close,
    };
    let wait = course.limits().goodbye;
    // Nothing more is kept for it, and it counts as open until it has heard why.
    let _open = course.leave();
    if let Some(close) = close {
        say_goodbye(socket, close, wait).await;
    }
}

/// Why it is closed; `None` when the client has.
async fn exchange(
    app: &App,
    socket: &mut WebSocket,
    hello: Line,
    course: &mut Course,
    grant: &mut Grant,
    request: &Request,
) -> Option<Close> {
    let limits = course.limits();
    let (mut asked, mut pace) = (false, Pace::bounded());
    let patience = sleep_until(Instant::now() + limits.silence);
    tokio::pin!(patience);
    let mut lines = vec![hello];
    loop {
        let texts = lines.into_iter().map(|line| line.text).collect();
        tokio::select! {
            biased;
            close = grant.ended() => return Some(close),
            written = write(socket, texts, limits) => {
                if let Err(closed) = written {
                    return closed;
                }
            }
        }
        lines = tokio::select! {
            biased;
            turn = grant.next() => match turn {
                Turn::Expiring(at) => vec![Line::of_grant(Kind::Expiring, Some(at))],
                Turn::Ended(close) => return Some(close),
            },
            said = socket.next() => {
                asked = false;
                patience.as_mut().reset(Instant::now() + limits.silence);
                match hear(&mut pace, said) {
                    Heard::Nothing => Vec::new(),
                    Heard::End(close) => return close,
                    Heard::Token(token) => match renew(app, grant, &token, request).await {
                        Ok(line) => vec![line],
                        Err(close) => return Some(close),
                    },
                }
            }
            lines = course.next() => lines,
            () = &mut patience => {
                if asked {
                    return Some(Close::SILENT);
                }
                asked = true;
                patience.as_mut().reset(Instant::now() + limits.answer);
                match timeout(limits.progress, socket.send(Message::Ping(Bytes::new()))).await {
                    Ok(asked) => asked.ok()?,
                    Err(_) => return Some(Close::TOO_SLOW),
                }
                Vec::new()
            }
        };
    }
}

/// The same person by another token, so that the stream goes on.
async fn renew(
    app: &App,
    grant: &mut Grant,
    token: &str,
    request: &Request,
) -> Result<Line, Close> {
    let renewed = prove(app, token, request).await?;
    if renewed.holder != grant.holder {
        return Err(Close::UNAUTHENTICATED);
    }
    *grant = renewed;
    Ok(Line::of_grant(Kind::Authenticated, grant.expires))
}

/// The right that `token` gives now; `request` is the one that has become the socket.
async fn prove(app: &App, token: &str, request: &Request) -> Result<Grant, Close> {
    let now = Request { at: clock::now(), ..request.clone() };
    Grant::of(app, token, &now).await.map_err(|refused| match refused {
        Refused::Invalid | Refused::Forbidden => Close::UNAUTHENTICATED,
        Refused::Unknown | Refused::Log(_) => Close::STATE_UNKNOWN,
    })
}

fn hear(pace: &mut Pace, said: Option<Result<Message, axum::Error>>) -> Heard {
    match said {
        Some(Ok(Message::Text(_) | Message::Binary(_) | Message::Ping(_))) if !pace.admit() => {
            Heard::End(Some(Close::TOO_MANY))
        }
        Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
            Ok(Said::Authenticate { token }) => Heard::Token(token),
            Ok(Said::Other) => Heard::Nothing,
            Err(_) if serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok() => {
                Heard::Nothing
            }
            Err(_) => Heard::End(Some(Close::UNREADABLE)),
        },
        Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_))) => Heard::Nothing,
        Some(Ok(Message::Close(_))) | None => Heard::End(None),
        Some(Err(error)) => Heard::End(Close::after(error)),
    }
}
