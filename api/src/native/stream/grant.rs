//! By what right a stream is open.

use std::pin::Pin;

use chrono::{DateTime, Utc};
use commands::{
    LogFailure, Request,
    apikey::{KeyHolder, is_key},
};
use schema::{ApiKeyId, Scope, UserId, caps::STREAM_EXPIRY_WARNING};
use tokio::time::{Instant, sleep_until};

use crate::{
    App, Sessions, clock,
    native::program::{Key, open},
    sessions::Fate,
    sockets::{Claims, Close},
    tokens::Bearer,
};

/// A session that lives, and its access token; or an API key that counts.
pub(super) struct Grant {
    pub(super) holder: Holder,
    /// None where it does not end by itself.
    pub(super) expires: Option<DateTime<Utc>>,
    ended: Pin<Box<dyn Future<Output = Close> + Send>>,
    /// When to warn of the end; none once that has been done.
    warning: Option<Instant>,
}

/// Who has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    /// Somebody.
    Person(UserId),
    /// A program.
    Program(ApiKeyId),
}

/// Why there is no right.
#[derive(Debug)]
pub(super) enum Refused {
    /// What was sent proves nothing, or its session is over.
    Invalid,
    /// The key is for something else.
    Forbidden,
    /// The log does not say whether the session lives.
    Unknown,
    /// The log does not say whether the key counts.
    Log(LogFailure),
}

/// What becomes of a right.
pub(super) enum Turn {
    /// It ends at that time, unless another token is sent.
    Expiring(DateTime<Utc>),
    /// It has ended.
    Ended(Close),
}

impl Grant {
    /// The right that `proof` gives: an access token, or the text of an API key.
    pub(super) async fn of(app: &App, proof: &str, request: &Request) -> Result<Self, Refused> {
        if is_key(proof) {
            return Self::of_key(app, proof, request).await;
        }
        let bearer = app.tokens.verify(proof).ok_or(Refused::Invalid)?;
        Self::of_session(&app.sessions, bearer).await
    }

    /// The right of whoever is `bearer`.
    pub(super) async fn of_session(sessions: &Sessions, bearer: Bearer) -> Result<Self, Refused> {
        // First the watch, then the question: what ends the session in between is not missed.
        let watch = sessions.watch(bearer);
        match sessions.fate(bearer).await {
            Fate::Living(_) => {}
            Fate::Inactive | Fate::Ended => return Err(Refused::Invalid),
            Fate::Unknown => return Err(Refused::Unknown),
        }
        let expires = end(bearer);
        Ok(Self {
            holder: Holder::Person(bearer.user),
            expires: Some(expires),
            ended: Box::pin(watch.ended()),
            warning: Some(warning(expires)),
        })
    }

    /// The right of the program that has sent `key`.
    pub(super) async fn of_key(app: &App, key: &str, request: &Request) -> Result<Self, Refused> {
        let scope = Scope::StreamRead;
        let opened = open(app, key, scope, request).await.map_err(Refused::Log)?;
        let KeyHolder { key, expires_at, .. } = match opened {
            Key::Opens(holder) => holder,
            Key::ForOther => return Err(Refused::Forbidden),
            Key::Invalid => return Err(Refused::Invalid),
        };
        // It looks again once it watches: what revokes the key in between is not missed.
        let watch = app.sessions.watch_key(key);
        Ok(Self {
            holder: Holder::Program(key),
            expires: expires_at,
            ended: Box::pin(watch.ended(scope, expires_at)),
            warning: expires_at.map(warning),
        })
    }

    pub(super) fn claims(&self) -> Claims {
        Claims { person: self.person() }
    }

    /// Whose it is, where it is a person's.
    pub(super) fn person(&self) -> Option<UserId> {
        match self.holder {
            Holder::Person(user) => Some(user),
            Holder::Program(_) => None,
        }
    }

    /// What becomes of it next. May be given up while it waits; after [`Turn::Ended`] it must not be
    /// asked again.
    pub(super) async fn next(&mut self) -> Turn {
        let (Some(warning), Some(expires)) = (self.warning, self.expires) else {
            return Turn::Ended((&mut self.ended).await);
        };
        tokio::select! {
            biased;
            close = &mut self.ended => Turn::Ended(close),
            () = sleep_until(warning) => {
                self.warning = None;
                Turn::Expiring(expires)
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

/// When to warn of what `expires`.
fn warning(expires: DateTime<Utc>) -> Instant {
    let left = (expires - clock::now()).to_std().unwrap_or_default();
    Instant::now() + left.saturating_sub(STREAM_EXPIRY_WARNING)
}
