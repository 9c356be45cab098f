//! By what right a stream is open.

use std::pin::Pin;

use chrono::{DateTime, Utc};
use schema::{UserId, caps::STREAM_EXPIRY_WARNING};
use tokio::time::{Instant, sleep_until};

use crate::{
    Sessions, Tokens, clock,
    sessions::Fate,
    sockets::{Claims, Close},
    tokens::Bearer,
};

/// A session that lives, and its access token.
pub(super) struct Grant {
    pub(super) person: UserId,
    pub(super) expires: DateTime<Utc>,
    ended: Pin<Box<dyn Future<Output = Close> + Send>>,
    /// When to warn of the token's end; none once that has been done.
    warning: Option<Instant>,
}

/// Why there is no right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// What was sent proves nothing, or its session is over.
    Invalid,
    /// The log does not say whether the session lives.
    Unknown,
}

/// What becomes of a right.
pub(super) enum Turn {
    /// It ends soon, unless another token is sent.
    Expiring,
    /// It has ended.
    Ended(Close),
}

impl Grant {
    /// The right that `token` gives.
    pub(super) async fn of(
        tokens: &Tokens,
        sessions: &Sessions,
        token: &str,
    ) -> Result<Self, Refused> {
        let bearer = tokens.verify(token).ok_or(Refused::Invalid)?;
        // First the watch, then the question: what ends the session in between is not missed.
        let watch = sessions.watch(bearer);
        match sessions.fate(bearer).await {
            Fate::Living(_) => {}
            Fate::Inactive | Fate::Ended => return Err(Refused::Invalid),
            Fate::Unknown => return Err(Refused::Unknown),
        }
        let expires = end(bearer);
        let left = (expires - clock::now()).to_std().unwrap_or_default();
        Ok(Self {
            person: bearer.user,
            expires,
            ended: Box::pin(watch.ended()),
            warning: Some(Instant::now() + left.saturating_sub(STREAM_EXPIRY_WARNING)),
        })
    }

    pub(super) fn claims(&self) -> Claims {
        Claims { person: Some(self.person) }
    }

    /// What becomes of it next. May be given up while it waits; after [`Turn::Ended`] it must not be
    /// asked again.
    pub(super) async fn next(&mut self) -> Turn {
        let Some(warning) = self.warning else { return Turn::Ended((&mut self.ended).await) };
        tokio::select! {
            biased;
            close = &mut self.ended => Turn::Ended(close),
            () = sleep_until(warning) => {
                self.warning = None;
                Turn::Expiring
            }
        }
    }

    /// Why it has ended, once it has. As [`Grant::next`].
    pub(super) async fn ended(&mut self) -> Close {
        (&mut self.ended).await
    }
}

fn end(bearer: Bearer) -> DateTime<Utc> {
    DateTime::from_timestamp(bearer.expires, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
