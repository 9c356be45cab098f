//! Sessions: the state that the rules look at, whether one lives, and one file per command.
//!
//! Nothing lists the sessions of an account. A session records the revision of its account at which
//! it was decided, and lives while that stream holds no later fact that ends it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use schema::{Fact, Role, SessionFact, SessionId, StreamName, UserFact, UserId, UserLoggedIn};
use uuid::Uuid;

mod log_out;
mod open_session;
mod refresh_session;
mod see_session;
mod told;
mod use_socket_ticket;

pub use log_out::LogOut;
pub use open_session::{OpenSession, OpenSessionRejected};
pub use refresh_session::{RefreshSession, RefreshSessionRejected, Refreshed};
pub use see_session::SeeSession;
pub use told::Told;
pub use use_socket_ticket::{UseSocketTicket, UseSocketTicketRejected};

use crate::{Commands, LogFailure, State, handler::Loaded};

/// A session, as its own stream tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session {
    login: Option<UserLoggedIn>,
    /// The number of its last refresh token.
    generation: u64,
    refreshed_at: Option<DateTime<Utc>>,
    /// When it was last known to be in use.
    seen_at: Option<DateTime<Utc>>,
    ended: bool,
    /// The socket tickets that have been used.
    tickets: BTreeSet<Uuid>,
}

/// An account, as far as it concerns sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Authority {
    exists: bool,
    closed: bool,
    role: Role,
    /// The revision of the last fact that ended all sessions decided before it.
    ended: Option<u64>,
    /// The session that the last such fact spared, and what had ended it before.
    spared: Option<(SessionId, Option<u64>)>,
}

/// What a session allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It lives.
    Living(Living),
    /// Its account is closed for the time being.
    Inactive,
    /// It has never begun, or is over.
    Over,
}

impl Authority {
    /// The revision of the last fact that ended `session`, if it was decided before it.
    fn ended(&self, session: SessionId) -> Option<u64> {
        match self.spared {
            Some((spared, ended)) if spared == session => ended,
            Some(_) | None => self.ended,
        }
    }

    fn end_all_but(&mut self, keep: Option<SessionId>, revision: u64) {
        self.spared = keep.map(|keep| (keep, self.ended(keep)));
        self.ended = Some(revision);
    }
}

/// A session that has begun and is not over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Living {
    /// Which.
    pub session: SessionId,
    /// Whose.
    pub user: UserId,
    /// What they may do.
    pub role: Role,
    /// Since when.
    pub began: DateTime<Utc>,
    /// When it was last written down that it is in use.
    pub seen: DateTime<Utc>,
}

impl Session {
    /// The login that it began with; `None` for a session that has never begun.
    #[must_use]
    pub fn login(&self) -> Option<&UserLoggedIn> {
        self.login.as_ref()
    }

    /// The session, if it lives by the grace of its account.
    #[must_use]
    pub fn living(&self, account: &Authority) -> Option<Living> {
        match self.standing(account) {
            Standing::Living(living) => Some(living),
            Standing::Inactive | Standing::Over => None,
        }
    }

    /// What the session allows by the grace of its account.
    #[must_use]
    pub fn standing(&self, account: &Authority) -> Standing {
        let Some(login) = self.login.as_ref().filter(|_| !self.ended && account.exists) else {
            return Standing::Over;
        };
        if account.closed {
            return Standing::Inactive;
        }
        if account.ended(login.session).is_some_and(|ended| ended > login.user_revision) {
            return Standing::Over;
        }
        Standing::Living(Living {
            session: login.session,
            user: login.user,
            role: account.role,
            began: login.at,
            seen: self.seen_at.unwrap_or(login.at),
        })
    }
}

impl State for Session {
    fn evolve(&mut self, _revision: u64, fact: &Fact) {
        let Fact::Session(fact) = fact else { return };
        match fact {
            SessionFact::UserLoggedIn(fact) => self.login = Some(fact.clone()),
            SessionFact::SessionRefreshed(fact) => {
                self.generation = fact.generation;
                self.refreshed_at = Some(fact.at);
                self.seen_at = Some(fact.at);
            }
            SessionFact::SessionSeen(fact) => self.seen_at = Some(fact.at),
            SessionFact::SessionEnded(_) | SessionFact::RefreshReuseDetected(_) => {
                self.ended = true;
            }
            SessionFact::SocketTicketUsed(fact) => {
                self.tickets.insert(fact.ticket);
            }
        }
    }
}

impl State for Authority {
    fn evolve(&mut self, revision: u64, fact: &Fact) {
        let Fact::User(fact) = fact else { return };
        match fact {
            UserFact::UserRegistered(_) => self.exists = true,
            UserFact::UserRoleChanged(fact) => {
                if fact.role < self.role {
                    self.end_all_but(None, revision);
                }
                self.role = fact.role;
            }
            UserFact::UserPasswordChanged(fact) => self.end_all_but(fact.keep, revision),
            UserFact::UserSessionsEnded(fact) => self.end_all_but(fact.keep, revision),
            UserFact::UserDeactivated(_) => {
                self.end_all_but(None, revision);
                self.closed = true;
            }
            UserFact::UserActivated(_) => self.closed = false,
            UserFact::UserErased(_) => self.exists = false,
            UserFact::UserProfileChanged(_)
            | UserFact::UserPasswordRehashed(_)
            | UserFact::UserClaimed(_)
            | UserFact::DirectorySpellingAdded(_)
            | UserFact::ResetLinkIssued(_)
            | UserFact::ResetLinkUsed(_)
            | UserFact::ErasureCompleted(_) => {}
        }
    }
}

impl Commands {
    /// The session, if it lives, as the log says now: its own stream first, then its account's.
    ///
    /// # Errors
    ///
    /// [`LogFailure`] when the log does not say.
    pub async fn living_session(&self, session: SessionId) -> Result<Option<Living>, LogFailure> {
        Ok(match self.session_standing(session).await? {
            Standing::Living(living) => Some(living),
            Standing::Inactive | Standing::Over => None,
        })
    }

    /// What the session allows, as the log says now.
    ///
    /// # Errors
    ///
    /// [`LogFailure`] when the log does not say.
    pub async fn session_standing(&self, session: SessionId) -> Result<Standing, LogFailure> {
        let stream = StreamName::Session(session).to_string();
        let session: Loaded<Session> = self.load_sealed(&stream).await?;
        let Some(login) = session.state.login() else { return Ok(Standing::Over) };
        let account = StreamName::User(login.user).to_string();
        let account: Loaded<Authority> = self.load_sealed(&account).await?;
        Ok(session.state.standing(&account.state))
    }
}

#[cfg(test)]
mod tests;
