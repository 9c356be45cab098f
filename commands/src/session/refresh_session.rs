//! Refresh a session.

use chrono::{DateTime, Utc};
use eventlog::AppendError;
use schema::{
    Fact, RefreshReuseDetected, SessionFact, SessionId, SessionRefreshed, StreamName,
    caps::{DECIDE_ATTEMPTS_MAX, SESSION_LIFETIME},
};

use super::{Authority, Session, Standing};
use crate::{
    Commands, ExecuteError, LogFailure, Request,
    decision::Decide,
    handler::Loaded,
    random,
    user::{LoggedIn, User},
};

/// Go on with a session by the refresh token that it was given last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshSession {
    /// Which.
    pub session: SessionId,
    /// The number of the token. A login gives number 0.
    pub generation: u64,
}

/// Why [`RefreshSession`] is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefreshSessionRejected {
    /// It has never begun, is over, or is too old.
    #[error("session is over")]
    Over,
    /// Its account is closed.
    #[error("account is not active")]
    Inactive,
    /// The token's successor has been used: somebody has a copy. The session is over.
    #[error("refresh token was used before")]
    Reused,
}

/// A session that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refreshed {
    /// The session, as if it had just begun.
    pub login: LoggedIn,
    /// The number of its next refresh token.
    pub generation: u64,
    /// Since when that token counts. Whoever lost the answer gets the same again.
    pub since: DateTime<Utc>,
}

impl Decide for RefreshSession {
    type State = Session;
    type Rejected = RefreshSessionRejected;

    fn decide(
        &self,
        session: &Session,
        at: DateTime<Utc>,
    ) -> Result<Vec<Fact>, RefreshSessionRejected> {
        let Some(login) = session.login().filter(|_| !session.ended) else {
            return Err(RefreshSessionRejected::Over);
        };
        let unknown = self.generation > session.generation;
        if unknown || at - login.at >= SESSION_LIFETIME {
            return Err(RefreshSessionRejected::Over);
        }
        let (user, generation) = (login.user, self.generation);
        let session_id = self.session;
        if generation == session.generation {
            let generation = generation + 1;
            return Ok(vec![SessionRefreshed { session: session_id, user, generation, at }.into()]);
        }
        if generation + 1 == session.generation {
            // Its successor has never been used: it is given again.
            return Ok(Vec::new());
        }
        Ok(vec![RefreshReuseDetected { session: session_id, user, generation, at }.into()])
    }
}

impl Commands {
    /// Runs [`RefreshSession`].
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn refresh_session(
        &self,
        command: &RefreshSession,
        request: &Request,
    ) -> Result<Refreshed, ExecuteError<RefreshSessionRejected>> {
        let rejected = |reason| Err(ExecuteError::Rejected(reason));
        let stream = StreamName::Session(command.session);
        for _ in 0..DECIDE_ATTEMPTS_MAX {
            let loaded: Loaded<Session> = self.load_sealed(&stream.to_string()).await?;
            let facts =
                command.decide(&loaded.state, request.at).map_err(ExecuteError::Rejected)?;
            let Some(user) = loaded.state.login().map(|login| login.user) else {
                return rejected(RefreshSessionRejected::Over);
            };
            let account = StreamName::User(user);
            let authority: Loaded<Authority> = self.load_sealed(&account.to_string()).await?;
            match loaded.state.standing(&authority.state) {
                Standing::Living(_) => {}
                Standing::Inactive => return rejected(RefreshSessionRejected::Inactive),
                Standing::Over => return rejected(RefreshSessionRejected::Over),
            }
            let reused =
                matches!(facts.first(), Some(Fact::Session(SessionFact::RefreshReuseDetected(_))));
            let acting = request.acting_as(user, command.session);
            let position = match self.write(&stream, &loaded, facts, &acting).await {
                Ok(position) => position,
                Err(LogFailure::Append(AppendError::WrongRevision { .. })) => continue,
                Err(error) => return Err(error.into()),
            };
            if reused {
                return rejected(RefreshSessionRejected::Reused);
            }
            // Whether it was this request or another one that made the successor.
            let refreshed: Loaded<Session> = self.load_sealed(&stream.to_string()).await?;
            let account: Loaded<User> = self.load_opened(&account).await?;
            let login = LoggedIn::of(&account.state, user, command.session, position, request.at);
            let since = refreshed.state.refreshed_at.unwrap_or(request.at);
            return Ok(Refreshed { login, generation: command.generation + 1, since });
        }
        Err(ExecuteError::Contended)
    }

    /// The facts have random ids: two who refresh with one token must not both be told that they
    /// made its successor.
    async fn write(
        &self,
        stream: &StreamName,
        loaded: &Loaded<Session>,
        facts: Vec<Fact>,
        request: &Request,
    ) -> Result<eventlog::Position, LogFailure> {
        let mut sealed = Vec::with_capacity(facts.len());
        for fact in facts {
            let metadata = request.metadata(&self.vault);
            sealed.push(self.vault.seal(stream, random::id(), fact, metadata).await?);
        }
        match loaded.position {
            Some(position) if sealed.is_empty() => Ok(position),
            Some(_) | None => {
                Ok(self.append_sealed(stream, loaded.expected(), sealed).await?.position)
            }
        }
    }
}

#[cfg(test)]
mod tests;
