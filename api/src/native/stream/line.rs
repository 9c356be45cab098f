//! What a follower of the stream is told.

use axum::extract::ws::Utf8Bytes;
use chrono::{DateTime, Utc};
use schema::Cursor;
use serde_json::json;

use crate::{sockets::Close, times::rfc3339};

/// A fact, or a word about the stream itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) kind: Kind,
    /// Whoever has read up to this line goes on from here.
    pub(super) cursor: Option<Cursor>,
    /// JSON.
    pub(super) text: Utf8Bytes,
}

/// What a line is about. All but facts name themselves in their member `type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Something happened: a `CloudEvent`.
    Fact,
    /// The first line: which log this is, and where it ends now.
    Hello,
    /// Everything that stood in the log at the beginning has been told.
    CaughtUp,
    /// Nothing was to be told up to here.
    Heartbeat,
    /// The access token ends soon.
    Expiring,
    /// Another access token counts from here on.
    Authenticated,
    /// The last line, where there is no close frame to say it.
    Close,
}

impl Kind {
    /// All that are about the stream itself.
    pub(super) const WORDS: &[Self] = &[
        Self::Hello,
        Self::CaughtUp,
        Self::Heartbeat,
        Self::Expiring,
        Self::Authenticated,
        Self::Close,
    ];

    /// Published: never change one.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Fact => "message",
            Self::Hello => "hello",
            Self::CaughtUp => "caught_up",
            Self::Heartbeat => "heartbeat",
            Self::Expiring => "expiring",
            Self::Authenticated => "authenticated",
            Self::Close => "close",
        }
    }
}

impl Line {
    pub(super) fn hello(head: Cursor) -> Self {
        let kind = Kind::Hello;
        let text = json!({ "type": kind.name(), "epoch": head.log.to_string(), "head": head });
        Self { kind, cursor: None, text: text.to_string().into() }
    }

    /// `kind`, and that everything up to `cursor` has been told.
    pub(super) fn up_to(kind: Kind, cursor: Cursor) -> Self {
        let text = json!({ "type": kind.name(), "cursor": cursor });
        Self { kind, cursor: Some(cursor), text: text.to_string().into() }
    }

    /// Everything up to `cursor` has been told, to this one of so many followers and sockets.
    pub(super) fn heartbeat(cursor: Cursor, sockets: usize) -> Self {
        let kind = Kind::Heartbeat;
        let text = json!({ "type": kind.name(), "cursor": cursor, "sockets": sockets });
        Self { kind, cursor: Some(cursor), text: text.to_string().into() }
    }

    /// `kind`, and when the right ends by which the stream is open; null for never.
    pub(super) fn of_grant(kind: Kind, expires: Option<DateTime<Utc>>) -> Self {
        let text = json!({ "type": kind.name(), "expires_at": expires.map(rfc3339) });
        Self { kind, cursor: None, text: text.to_string().into() }
    }

    pub(super) fn close(Close(code, reason): Close) -> Self {
        let kind = Kind::Close;
        let text = json!({ "type": kind.name(), "code": code, "reason": reason });
        Self { kind, cursor: None, text: text.to_string().into() }
    }
}
