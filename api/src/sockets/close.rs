//! Why we close a socket.

use axum::extract::ws::CloseFrame;
use tungstenite::{Error, error::ProtocolError};

/// A code of RFC 6455 or of our own (4000 and up), and words for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Close(pub(crate) u16, pub(crate) &'static str);

impl Close {
    /// We are going away; come back.
    pub(crate) const STOPPING: Self = Self(1001, "service stops");
    /// What was sent is no WebSocket frame.
    pub(crate) const PROTOCOL: Self = Self(1002, "not a WebSocket frame");
    /// A text was not UTF-8.
    pub(crate) const NOT_TEXT: Self = Self(1007, "text is not UTF-8");
    /// A message was larger than we take.
    pub(crate) const TOO_LARGE: Self = Self(1009, "message too large");
    /// More messages were sent than are heard.
    pub(crate) const TOO_MANY: Self = Self(1008, "too many messages");
    /// Whether the session still lives cannot be told.
    pub(crate) const STATE_UNKNOWN: Self = Self(1013, "state of the session is unknown");
    /// A text made no sense.
    pub(crate) const UNREADABLE: Self = Self(4000, "unreadable text");
    /// The session has ended.
    pub(crate) const ENDED: Self = Self(4001, "session ended");
    /// The access token has ended.
    pub(crate) const EXPIRED: Self = Self(4001, "token expired");
    /// The API key opens nothing any more.
    pub(crate) const KEY_ENDED: Self = Self(4001, "key has ended");
    /// Somebody, or an address, has as many sockets as they may.
    pub(crate) const CROWDED: Self = Self(1013, "too many sockets");
    /// Nobody said who they are in time, or what they said proves nothing.
    pub(crate) const UNAUTHENTICATED: Self = Self(4003, "not authenticated");
    /// A frame was not accepted in time.
    pub(crate) const TOO_SLOW: Self = Self(4008, "too slow");
    /// A ping was not answered.
    pub(crate) const SILENT: Self = Self(4008, "no answer to a ping");

    /// What a client is told that has sent what cannot be read; nothing when it has gone.
    pub(crate) fn after(error: axum::Error) -> Option<Self> {
        match error.into_inner().downcast_ref::<Error>()? {
            Error::Capacity(_) => Some(Self::TOO_LARGE),
            Error::Utf8(_) => Some(Self::NOT_TEXT),
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
            Error::Protocol(_) | Error::AttackAttempt => Some(Self::PROTOCOL),
            _ => None,
        }
    }

    /// Whether more of what the client sends can be read after this.
    pub(crate) fn leaves_readable(self) -> bool {
        ![Self::PROTOCOL, Self::NOT_TEXT, Self::TOO_LARGE].contains(&self)
    }

    pub(crate) fn frame(self) -> CloseFrame {
        CloseFrame { code: self.0, reason: self.1.into() }
    }
}
