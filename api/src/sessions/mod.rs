//! Whether the session that a token was issued for still lives.
//!
//! The log says so, and nothing else. What it said is kept in memory until it brings a fact about
//! the session or its account, and is believed only while the log is heard.
//!
//! **Invariant:** a session is taken for living only on what was read after the last fact about it
//! was brought, and while the log was heard in the last [`SESSION_UNKNOWN_WAIT`](schema::caps::SESSION_UNKNOWN_WAIT).

mod cache;
mod contact;
mod follow;
#[cfg(test)]
mod tests;
mod watch;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use commands::{
    Commands, LogFailure, Request,
    session::{Living, SeeSession, Standing},
};
use eventlog::{EventLog, Position, ReadError};
use projections::Chain;
use schema::{
    SessionId, UserId,
    caps::{SESSION_READ_WAIT, SESSION_SEEN_EVERY},
};
use tokio::time::timeout;
use tracing::debug;

use self::{
    cache::{Cache, Seen},
    contact::Contact,
};
use crate::tokens::Bearer;

/// The sessions that tokens name. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Sessions {
    log: EventLog,
    commands: Commands,
    cache: Arc<Mutex<Cache>>,
    contact: Contact,
    /// Where the log stood when this was made.
    from: Option<Position>,
}

/// What is known of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It lives.
    Living(Living),
    /// Its account is closed for the time being.
    Inactive,
    /// It is over, or has never begun.
    Ended,
    /// The log does not say.
    Unknown,
}

impl Sessions {
    /// Nothing is known yet. What comes into the log from now on is heard once this runs.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub async fn start(log: EventLog, commands: Commands) -> Result<Self, ReadError> {
        let contact = Contact::now();
        let from = log.head().await?;
        Ok(Self { log, commands, cache: Arc::default(), contact, from })
    }

    /// Whether the session of `bearer` lives.
    pub(crate) async fn fate(&self, bearer: Bearer) -> Fate {
        if !self.contact.is_fresh() {
            return Fate::Unknown;
        }
        let read = match timeout(SESSION_READ_WAIT, self.read(bearer)).await {
            Ok(Ok(read)) => read,
            Ok(Err(error)) => {
                debug!(error = %Chain(&error), "a session could not be read");
                return Fate::Unknown;
            }
            Err(_) => return Fate::Unknown,
        };
        match read {
            Standing::Living(living) if living.user == bearer.user => Fate::Living(living),
            // A token that names another person's session proves nothing.
            Standing::Living(_) | Standing::Over => Fate::Ended,
            Standing::Inactive => Fate::Inactive,
        }
    }

    /// Takes note in the background that the session is in use, if that was not done lately.
    pub(crate) fn see(&self, living: &Living, request: &Request) {
        if request.at - living.seen < SESSION_SEEN_EVERY {
            return;
        }
        let command = SeeSession { session: living.session };
        let (commands, request) = (self.commands.clone(), request.clone());
        tokio::spawn(async move {
            // It is tried again with the next request.
            if let Err(error) = commands.see_session(&command, &request).await {
                debug!(error = %Chain(&error), "use of a session is not written down");
            }
        });
    }

    /// What was said of `session` holds no more: this process has just written about it.
    pub(crate) fn doubt(&self, session: SessionId) {
        self.cache().touch_session(session);
    }

    /// The same for every session of `user`.
    pub(crate) fn doubt_all_of(&self, user: UserId) {
        self.cache().touch_user(user);
    }

    /// From memory, or from the log until it has been read without anything coming in between.
    async fn read(&self, bearer: Bearer) -> Result<Standing, LogFailure> {
        loop {
            let ticket = match self.cache().look(bearer) {
                Seen::Known(read) => return Ok(read),
                Seen::Unread(ticket) => ticket,
            };
            // Boxed, because every open socket carries this wait with it.
            let read = Box::pin(self.commands.session_standing(bearer.session)).await?;
            if self.cache().fill(bearer.session, ticket, read) {
                return Ok(read);
            }
        }
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
