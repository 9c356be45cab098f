//! Change an account: load, decide, claim, leave the roster, append, enter the roster. Each step may
//! be the last, and the same command again finishes what was begun.

use eventlog::{AppendError, Position};
use schema::{Fact, StreamName, UserId, caps::DECIDE_ATTEMPTS_MAX};

use super::{Person, User};
use crate::{
    Commands, ExecuteError, LogFailure, Request, State,
    claims::{Claim, Taken},
    decision::Decide,
    handler::Loaded,
    roster::LastAdministrator,
};

/// Why an account is not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmendRejected {
    /// There is no such account.
    #[error("account does not exist")]
    NoSuchUser,
    /// Another account has the address.
    #[error("address is taken")]
    EmailTaken,
    /// Nobody else is an active administrator.
    #[error("account is the last active administrator")]
    LastAdministrator,
}

/// A changed account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amended {
    /// The account from here on; none once it is erased.
    pub person: Option<Person>,
    /// Where in the log.
    pub position: Position,
}

impl User {
    /// What it is after `facts`, which are about to be appended.
    fn after(&self, facts: &[Fact]) -> Self {
        let mut after = self.clone();
        for fact in facts {
            after.evolve(after.revision + 1, fact);
        }
        after
    }
}

impl Commands {
    /// Applies `rule` to the account of `user`, which is going to use `claim` as well.
    pub(super) async fn amend(
        &self,
        user: UserId,
        rule: &impl Decide<State = User, Rejected = AmendRejected>,
        claim: Option<&Claim>,
        request: &Request,
    ) -> Result<Amended, ExecuteError<AmendRejected>> {
        let stream = StreamName::User(user);
        for _ in 0..DECIDE_ATTEMPTS_MAX {
            let loaded: Loaded<User> = self.load_opened_for(&stream, request).await?;
            if let Some(position) = loaded.position.filter(|_| loaded.done) {
                return self.enter(user, &loaded.state, position, request).await;
            }
            let before = &loaded.state;
            let facts = rule.decide(before, request.at).map_err(ExecuteError::Rejected)?;
            request.see(&loaded)?;
            let (after, changed) = (before.after(&facts), !facts.is_empty());
            if let Some(claim) =
                claim.filter(|claim| changed && !before.holdings.holds(&claim.hash))
            {
                let voided = before.holdings.voided(&claim.hash);
                let taken = self.take_claim(claim, &stream, voided, request).await;
                taken.map_err(|error| error.map_rejected(|Taken| AmendRejected::EmailTaken))?;
                self.has_claimed().await;
            }
            if before.administers() && !after.administers() {
                let removed = self.remove_from_roster(user, before.revision, request).await;
                removed.map_err(|error| {
                    error.map_rejected(|LastAdministrator| AmendRejected::LastAdministrator)
                })?;
                self.has_left_the_roster().await;
            }
            let position = match self.settle(&stream, &loaded, facts, request).await {
                Ok(position) => position,
                Err(LogFailure::Append(AppendError::WrongRevision { .. })) => continue,
                Err(error) => return Err(error.into()),
            };
            return self.enter(user, &after, position, request).await;
        }
        Err(ExecuteError::Contended)
    }

    /// The account as this very request has left it before.
    pub(super) async fn amended_before(
        &self,
        user: UserId,
        request: &Request,
    ) -> Result<Option<Amended>, ExecuteError<AmendRejected>> {
        if request.kept.is_none() {
            return Ok(None);
        }
        let loaded: Loaded<User> = self.load_opened_for(&StreamName::User(user), request).await?;
        match loaded.position.filter(|_| loaded.done) {
            Some(position) => self.enter(user, &loaded.state, position, request).await.map(Some),
            None => Ok(None),
        }
    }

    /// The account, changed up to `position`; an active administrator enters the roster.
    async fn enter(
        &self,
        user: UserId,
        after: &User,
        position: Position,
        request: &Request,
    ) -> Result<Amended, ExecuteError<AmendRejected>> {
        let person = after.person();
        if !after.administers() {
            return Ok(Amended { person, position });
        }
        self.has_amended().await;
        let entered = self.add_to_roster(user, after.revision, request).await?;
        Ok(Amended { person, position: position.max(entered) })
    }
}

#[cfg(test)]
mod tests;
