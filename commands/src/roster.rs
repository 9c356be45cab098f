//! Who the active administrators are.
//!
//! An addition is appended *after* the fact of the account that makes an active administrator, a
//! removal *before* the one that ends it, each with the account's revision. So whoever counts here
//! is one, whatever was interrupted between the two streams.

use std::collections::BTreeMap;

use eventlog::{AppendError, Position};
use schema::{
    AdminAdded, AdminRemoved, Fact, RosterFact, StreamName, UserId, caps::DECIDE_ATTEMPTS_MAX,
};

use crate::{Commands, ExecuteError, LogFailure, Request, State, handler::Loaded};

/// Nobody else is an active administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LastAdministrator;

/// The last addition and the last removal of each.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    added: BTreeMap<UserId, u64>,
    removed: BTreeMap<UserId, u64>,
}

impl Roster {
    /// Whether `user` has been added at `revision` or later.
    fn knows(&self, user: UserId, revision: u64) -> bool {
        self.added.get(&user).is_some_and(|added| *added >= revision)
    }

    /// Whether `user` is among the active administrators. An addition at or below the revision of a
    /// removal does not count.
    fn counts(&self, user: UserId) -> bool {
        self.added.get(&user) > self.removed.get(&user)
    }

    /// Whether somebody but `user` is among the active administrators.
    fn others_than(&self, user: UserId) -> bool {
        self.added.keys().any(|other| *other != user && self.counts(*other))
    }

    /// Whether `user` has been removed at `revision` or later.
    fn misses(&self, user: UserId, revision: u64) -> bool {
        self.removed.get(&user).is_some_and(|removed| *removed >= revision)
    }
}

impl State for Roster {
    fn evolve(&mut self, _revision: u64, fact: &Fact) {
        let Fact::Roster(fact) = fact else { return };
        let (entries, user, revision) = match fact {
            RosterFact::AdminAdded(fact) => (&mut self.added, fact.user, fact.revision),
            RosterFact::AdminRemoved(fact) => (&mut self.removed, fact.user, fact.revision),
        };
        let last = entries.entry(user).or_default();
        *last = revision.max(*last);
    }
}

impl Commands {
    /// Adds `user`, whose account makes an active administrator at `revision`, unless that has been
    /// done. Tells where the roster's last fact stands.
    pub(crate) async fn add_to_roster<R>(
        &self,
        user: UserId,
        revision: u64,
        request: &Request,
    ) -> Result<Position, ExecuteError<R>> {
        let stream = StreamName::AdminRoster;
        for _ in 0..DECIDE_ATTEMPTS_MAX {
            let loaded: Loaded<Roster> = self.load_sealed(&stream.to_string()).await?;
            let done = loaded.state.counts(user) || loaded.state.knows(user, revision);
            let facts = if done { Vec::new() } else { vec![AdminAdded { user, revision }.into()] };
            match self.settle(&stream, &loaded, facts, request).await {
                Ok(position) => return Ok(position),
                Err(LogFailure::Append(AppendError::WrongRevision { .. })) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ExecuteError::Contended)
    }

    /// Removes `user`, whose account was folded at `revision` and is about to make an active
    /// administrator no more; even where no entry stands.
    pub(crate) async fn remove_from_roster(
        &self,
        user: UserId,
        revision: u64,
        request: &Request,
    ) -> Result<(), ExecuteError<LastAdministrator>> {
        let stream = StreamName::AdminRoster;
        for _ in 0..DECIDE_ATTEMPTS_MAX {
            let loaded: Loaded<Roster> = self.load_sealed(&stream.to_string()).await?;
            if !loaded.state.others_than(user) {
                return Err(ExecuteError::Rejected(LastAdministrator));
            }
            if self.strike(&loaded, user, revision, request).await? {
                return Ok(());
            }
        }
        Err(ExecuteError::Contended)
    }

    /// The same for somebody who has left before, whoever is left: the log has forgotten it.
    pub(crate) async fn remove_again<R>(
        &self,
        user: UserId,
        revision: u64,
        request: &Request,
    ) -> Result<(), ExecuteError<R>> {
        for _ in 0..DECIDE_ATTEMPTS_MAX {
            let loaded = self.load_sealed(&StreamName::AdminRoster.to_string()).await?;
            if self.strike(&loaded, user, revision, request).await? {
                return Ok(());
            }
        }
        Err(ExecuteError::Contended)
    }

    /// Appends the removal, unless it stands there. `false` when somebody else was first.
    async fn strike(
        &self,
        loaded: &Loaded<Roster>,
        user: UserId,
        revision: u64,
        request: &Request,
    ) -> Result<bool, LogFailure> {
        if loaded.state.misses(user, revision) {
            return Ok(true);
        }
        let removed = vec![AdminRemoved { user, revision }.into()];
        match self.append(&StreamName::AdminRoster, loaded.expected(), removed, request).await {
            Ok(_) => Ok(true),
            Err(LogFailure::Append(AppendError::WrongRevision { .. })) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use schema::{AdminAdded, AdminRemoved, Fact};

    use super::Roster;
    use crate::testing::{ADA, BOB, fold};

    fn added(revision: u64) -> Fact {
        AdminAdded { user: ADA, revision }.into()
    }

    fn removed(revision: u64) -> Fact {
        AdminRemoved { user: ADA, revision }.into()
    }

    #[test]
    fn whoever_was_added_counts_until_removed() {
        assert!(fold::<Roster>(&[added(0)]).counts(ADA));
        assert!(!fold::<Roster>(&[added(0)]).counts(BOB));
        assert!(!fold::<Roster>(&[added(1), removed(1)]).counts(ADA));
        assert!(fold::<Roster>(&[added(1), removed(1), added(3)]).counts(ADA));
    }

    #[test]
    fn somebody_else_counts_or_nobody_does() {
        let bob: Fact = AdminAdded { user: BOB, revision: 0 }.into();
        assert!(fold::<Roster>(&[added(0), bob]).others_than(ADA));
        assert!(!fold::<Roster>(&[added(0)]).others_than(ADA));
    }

    #[test]
    fn an_addition_at_or_below_the_revision_of_a_removal_does_not_count() {
        assert!(!fold::<Roster>(&[removed(1), added(1)]).counts(ADA));
        assert!(!fold::<Roster>(&[removed(2), added(1)]).counts(ADA));
        assert!(fold::<Roster>(&[removed(1), added(2)]).counts(ADA));
    }
}
