//! What the log tells of a session, for its owner.

use chrono::{DateTime, Utc};
use eventlog::Fact as Stored;
use schema::{Fact, Origin, SessionFact, SessionId, StreamName, UserId};

use super::{Authority, Session, Standing};
use crate::{Commands, LogFailure, State, handler::Loaded};

/// A session that lives, or lived at the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Which.
    pub session: SessionId,
    /// Since when.
    pub began: DateTime<Utc>,
    /// When it was last written down that it was in use.
    pub seen: DateTime<Utc>,
    /// From where it was in use then.
    pub origin: Origin,
}

impl Commands {
    /// The session, if it lives; or, with a position, if it lived there.
    ///
    /// # Errors
    ///
    /// [`LogFailure`] when the log does not say.
    pub async fn session_told(
        &self,
        session: SessionId,
        as_of: Option<u64>,
    ) -> Result<Option<Told>, LogFailure> {
        let facts = self.read_until(&StreamName::Session(session), as_of).await?;
        let (mut state, mut origin) = (Session::default(), Origin::default());
        for stored in &facts {
            let opened = self.vault.open_with_origin(stored).await?;
            state.evolve(stored.revision.0, &opened.fact);
            if uses(&opened.fact) {
                origin =
                    opened.metadata.personal.and_then(|of| of.clear().cloned()).unwrap_or_default();
            }
        }
        let Some(login) = state.login() else { return Ok(None) };
        let account = self.authority_until(login.user, as_of).await?;
        Ok(match state.standing(&account) {
            Standing::Living(living) => {
                Some(Told { session, began: living.began, seen: living.seen, origin })
            }
            Standing::Inactive | Standing::Over => None,
        })
    }

    /// Whose session it is, or was.
    ///
    /// # Errors
    ///
    /// [`LogFailure`] when the log does not say.
    pub async fn session_owner(&self, session: SessionId) -> Result<Option<UserId>, LogFailure> {
        let stream = StreamName::Session(session).to_string();
        let loaded: Loaded<Session> = self.load_sealed(&stream).await?;
        Ok(loaded.state.login().map(|login| login.user))
    }

    async fn authority_until(
        &self,
        user: UserId,
        as_of: Option<u64>,
    ) -> Result<Authority, LogFailure> {
        let mut account = Authority::default();
        for stored in self.read_until(&StreamName::User(user), as_of).await? {
            let fact = Fact::read(&stored.kind, &stored.data).map_err(vault::VaultError::from)?;
            account.evolve(stored.revision.0, &fact);
        }
        Ok(account)
    }

    /// The facts of `stream`, without those after `as_of`.
    async fn read_until(
        &self,
        stream: &StreamName,
        as_of: Option<u64>,
    ) -> Result<Vec<Stored>, LogFailure> {
        let mut facts = self.read(&stream.to_string()).await?;
        facts.retain(|fact| as_of.is_none_or(|last| fact.position.0 <= last));
        Ok(facts)
    }
}

/// Whether `fact` shows that its session is in use.
fn uses(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Session(
            SessionFact::UserLoggedIn(_)
                | SessionFact::SessionRefreshed(_)
                | SessionFact::SessionSeen(_)
        )
    )
}
