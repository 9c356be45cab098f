//! The session of one open socket.

use std::time::Duration;

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

impl Sessions {
    /// Whatever happens to the session of `bearer` from now on is not missed.
    pub(crate) fn watch(&self, bearer: Bearer) -> Watch {
        let changes = self.cache().watch(bearer);
        Watch { sessions: self.clone(), bearer, changes }
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
