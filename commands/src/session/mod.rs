//! Sessions: the state that the rules look at, whether one lives, and one file per command.
//!
//! Nothing lists the sessions of an account. A session records the revision of its account at which
//! it was decided, and lives while that stream holds no later fact that ends it.

use chrono::{DateTime, Utc};
use schema::{Fact, Role, SessionId, StreamName, UserId, UserLoggedIn};

mod log_out;

pub use log_out::LogOut;

use crate::{Commands, LogFailure, State, handler::Loaded};

/// A session, as its own stream tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session {
    login: Option<UserLoggedIn>,
    ended: bool,
}

/// An account, as far as it concerns sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Authority {
    exists: bool,
    role: Role,
    /// The revision of the last fact that ended all sessions decided before it.
    ended: Option<u64>,
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
        let login = self.login.as_ref().filter(|_| !self.ended && account.exists)?;
        let outlived = account.ended.is_some_and(|ended| ended > login.user_revision);
        (!outlived).then_some(Living {
            session: login.session,
            user: login.user,
            role: account.role,
            began: login.at,
        })
    }
}

impl State for Session {
    fn evolve(&mut self, _revision: u64, fact: &Fact) {
        match fact {
            Fact::UserLoggedIn(fact) => self.login = Some(fact.clone()),
            Fact::SessionEnded(_) => self.ended = true,
            Fact::UserRegistered(_)
            | Fact::UserRoleChanged(_)
            | Fact::AdminAdded(_)
            | Fact::AdminRemoved(_)
            | Fact::ClaimTaken(_)
            | Fact::ClaimVoided(_)
            | Fact::EventCreated(_)
            | Fact::MessageSent(_)
            | Fact::MessageRead(_)
            | Fact::VmCreated(_)
            | Fact::VmChanged(_)
            | Fact::VmAttached(_)
            | Fact::VmStopped(_)
            | Fact::VmDeleted(_)
            | Fact::DataKeyCreated(_)
            | Fact::IdsReserved(_)
            | Fact::LogFounded(_)
            | Fact::LoginAttempted(_)
            | Fact::LoginDecided(_) => {}
        }
    }
}

impl State for Authority {
    fn evolve(&mut self, revision: u64, fact: &Fact) {
        match fact {
            Fact::UserRegistered(_) => self.exists = true,
            Fact::UserRoleChanged(fact) => {
                if fact.role < self.role {
                    self.ended = Some(revision);
                }
                self.role = fact.role;
            }
            Fact::UserLoggedIn(_)
            | Fact::SessionEnded(_)
            | Fact::AdminAdded(_)
            | Fact::AdminRemoved(_)
            | Fact::ClaimTaken(_)
            | Fact::ClaimVoided(_)
            | Fact::EventCreated(_)
            | Fact::MessageSent(_)
            | Fact::MessageRead(_)
            | Fact::VmCreated(_)
            | Fact::VmChanged(_)
            | Fact::VmAttached(_)
            | Fact::VmStopped(_)
            | Fact::VmDeleted(_)
            | Fact::DataKeyCreated(_)
            | Fact::IdsReserved(_)
            | Fact::LogFounded(_)
            | Fact::LoginAttempted(_)
            | Fact::LoginDecided(_) => {}
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
        let stream = StreamName::Session(session).to_string();
        let session: Loaded<Session> = self.load_sealed(&stream).await?;
        let Some(login) = session.state.login() else { return Ok(None) };
        let account = StreamName::User(login.user).to_string();
        let account: Loaded<Authority> = self.load_sealed(&account).await?;
        Ok(session.state.living(&account.state))
    }
}

#[cfg(test)]
mod tests {
    use schema::{Role, UserLoggedIn};

    use super::{Authority, Session};
    use crate::testing::{
        ADA, NOON, SESSION, ada_logged_in, ada_logged_out, ada_registered, ada_role, fold,
    };

    fn began_at(user_revision: u64) -> Session {
        fold(&[UserLoggedIn { session: SESSION, user: ADA, user_revision, at: NOON }.into()])
    }

    #[test]
    fn a_session_lives_from_login_to_its_end() {
        let ada: Authority = fold(&[ada_registered()]);
        let living = fold::<Session>(&[ada_logged_in()]).living(&ada).unwrap();
        assert_eq!((living.session, living.user, living.role), (SESSION, ADA, Role::User));
        assert_eq!(fold::<Session>(&[]).living(&ada), None);
        assert_eq!(fold::<Session>(&[ada_logged_in(), ada_logged_out()]).living(&ada), None);
    }

    #[test]
    fn a_login_decided_before_a_demotion_but_appended_after_it_gives_no_living_session() {
        let demoted = [ada_registered(), ada_role(Role::Admin), ada_role(Role::User)];
        let ada: Authority = fold(&demoted);
        assert_eq!(began_at(1).living(&ada), None);
        assert!(began_at(2).living(&ada).is_some());
    }

    #[test]
    fn a_promotion_ends_no_session() {
        let ada: Authority = fold(&[ada_registered(), ada_role(Role::Admin)]);
        assert_eq!(began_at(0).living(&ada).map(|living| living.role), Some(Role::Admin));
    }
}
