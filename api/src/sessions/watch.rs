//! What an open socket is open by: a session, or an API key.

use std::{future::pending, time::Duration};

use chrono::{DateTime, Utc};
use schema::{ApiKeyId, Scope};
use tokio::{sync::watch, time::sleep};

use super::{Fate, Sessions};
use crate::{clock, sockets::Close, tokens::Bearer};

/// Pause before a log that does not say is asked again.
const RETRY: Duration = Duration::from_millis(250);

/// Waits for the end of a session.
pub(crate) struct Watch {
    sessions: Sessions,
    bearer: Bearer,
    changes: watch::Receiver<()>,
}

/// Waits until an API key opens nothing any more.
pub(crate) struct KeyWatch {
    sessions: Sessions,
    key: ApiKeyId,
    changes: watch::Receiver<()>,
}

impl Sessions {
    /// Whatever happens to the session of `bearer` from now on is not missed.
    pub(crate) fn watch(&self, bearer: Bearer) -> Watch {
        let changes = self.cache().watch(bearer);
        Watch { sessions: self.clone(), bearer, changes }
    }

    /// The same for `key`.
    pub(crate) fn watch_key(&self, key: ApiKeyId) -> KeyWatch {
        let changes = self.cache().watch_key(key);
        KeyWatch { sessions: self.clone(), key, changes }
    }
}

impl Watch {
    /// Why a socket of this session is to be closed, as soon as it is.
    pub(crate) async fn ended(mut self) -> Close {
        let left = self.bearer.expires - clock::now().timestamp();
        let lifetime = Duration::from_secs(left.max(0).cast_unsigned());
        let sessions = self.sessions.clone();
        tokio::select! {
            () = self.over() => Close::ENDED,
            () = sessions.contact.lost() => Close::STATE_UNKNOWN,
            () = sleep(lifetime) => Close::EXPIRED,
        }
    }

    async fn over(&mut self) {
        loop {
            match self.sessions.fate(self.bearer).await {
                Fate::Inactive | Fate::Ended => return,
                Fate::Living(_) => {
                    // The cache holds the other end for as long as somebody watches.
                    let _changed = self.changes.changed().await;
                }
                Fate::Unknown => sleep(RETRY).await,
            }
        }
    }
}

impl KeyWatch {
    /// Why a socket that the key has opened for `scope` is to be closed, as soon as it is.
    pub(crate) async fn ended(mut self, scope: Scope, expires: Option<DateTime<Utc>>) -> Close {
        let sessions = self.sessions.clone();
        let end = async {
            match expires {
                Some(at) => sleep((at - clock::now()).to_std().unwrap_or_default()).await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = self.over(scope) => Close::KEY_ENDED,
            () = sessions.contact.lost() => Close::STATE_UNKNOWN,
            () = end => Close::KEY_ENDED,
        }
    }

    async fn over(&mut self, scope: Scope) {
        loop {
            match self.sessions.commands.key_opens(self.key, scope, clock::now()).await {
                Ok(false) => return,
                Ok(true) => {
                    // The cache holds the other end for as long as somebody watches.
                    let _changed = self.changes.changed().await;
                }
                Err(_) => sleep(RETRY).await,
            }
        }
    }
}
