//! Values that only one may hold: addresses, titles.
//!
//! A claim counts only while its owner's fold says so. Whoever wants a claim that somebody else has
//! taken folds that owner: it uses the value, and the claim is refused; or it does not (it crashed
//! between claim and use, or has let go), and after a short wait its take is voided **in the
//! owner's own stream** before the claim is taken over. A slow owner then loses its own append at
//! the revision it had read, and finds the void. So no two ever hold one value, and none is lost
//! for ever.

use std::collections::{BTreeMap, BTreeSet};

use eventlog::{AppendError, Direction, ExpectedRevision, Revision, Signal, StreamFrom};
use futures::StreamExt;
use schema::{
    ClaimFact, ClaimHash, ClaimTaken, ClaimVoided, EventFact, Fact, StreamName, UserFact,
    caps::{CLAIM_WAIT, DECIDE_ATTEMPTS_MAX},
};
use tokio::time::Instant;

use crate::{Commands, ExecuteError, LogFailure, Request, State, handler::Loaded};

/// Somebody else holds the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Taken;

/// A claim stream and the hash that its users name it by.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub(crate) stream: StreamName,
    pub(crate) hash: ClaimHash,
}

/// An owner, as far as claims are concerned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Holdings {
    held: BTreeSet<ClaimHash>,
    voided: BTreeMap<ClaimHash, u64>,
    /// Whether the owner has been erased.
    gone: bool,
}

impl Holdings {
    pub(crate) fn holds(&self, claim: &ClaimHash) -> bool {
        self.held.contains(claim)
    }

    /// The last revision of `claim` whose take counts no more.
    pub(crate) fn voided(&self, claim: &ClaimHash) -> Option<u64> {
        self.voided.get(claim).copied()
    }
}

impl State for Holdings {
    fn evolve(&mut self, _revision: u64, fact: &Fact) {
        match fact {
            Fact::User(UserFact::UserRegistered(fact)) => {
                self.held.extend(fact.email_claim.clone());
                self.held.extend(fact.phone_claim.clone());
            }
            Fact::User(UserFact::UserProfileChanged(fact)) => {
                if let Some(moved) = &fact.email_claim {
                    moved.old.as_ref().map(|old| self.held.remove(old));
                    self.held.insert(moved.new.clone());
                }
            }
            Fact::User(UserFact::UserErased(_)) => {
                self.held.clear();
                self.gone = true;
            }
            Fact::Event(EventFact::EventCreated(fact)) => {
                self.held.insert(fact.title_claim.clone());
            }
            Fact::Claim(ClaimFact::ClaimVoided(fact)) => {
                let voided = self.voided.entry(fact.claim.clone()).or_default();
                *voided = fact.revision.max(*voided);
            }
            Fact::User(
                UserFact::UserRoleChanged(_)
                | UserFact::UserPasswordChanged(_)
                | UserFact::UserPasswordRehashed(_)
                | UserFact::UserActivated(_)
                | UserFact::UserDeactivated(_)
                | UserFact::UserSessionsEnded(_)
                | UserFact::UserClaimed(_)
                | UserFact::DirectorySpellingAdded(_)
                | UserFact::ResetLinkIssued(_)
                | UserFact::ResetLinkUsed(_)
                | UserFact::ErasureCompleted(_),
            )
            | Fact::Session(_)
            | Fact::ApiKey(_)
            | Fact::Roster(_)
            | Fact::Claim(ClaimFact::ClaimTaken(_))
            | Fact::Message(_)
            | Fact::Machine(_)
            | Fact::Attempt(_)
            | Fact::Audit(_)
            | Fact::Log(_) => {}
        }
    }
}

impl Commands {
    /// Takes `claim` for `owner`. `voided` is the last take that the owner's own stream says counts
    /// no more; with one, the claim is read before it is written: the log would answer the old take
    /// with success.
    pub(crate) async fn take_claim(
        &self,
        claim: &Claim,
        owner: &StreamName,
        voided: Option<u64>,
        request: &Request,
    ) -> Result<(), ExecuteError<Taken>> {
        let mut expected = match voided {
            None => ExpectedRevision::NoStream,
            Some(_) => match self.contend(claim, owner, voided, request).await? {
                Some(expected) => expected,
                None => return Ok(()),
            },
        };
        for _ in 0..DECIDE_ATTEMPTS_MAX {
            let taken = ClaimTaken { owner: owner.to_string() };
            match self.append(&claim.stream, expected, vec![taken.into()], request).await {
                Ok(_) => return Ok(()),
                Err(LogFailure::Append(AppendError::WrongRevision { .. })) => {}
                Err(error) => return Err(error.into()),
            }
            match self.contend(claim, owner, voided, request).await? {
                Some(next) => expected = next,
                None => return Ok(()),
            }
        }
        Err(ExecuteError::Contended)
    }

    /// Whether somebody uses `claim`, as the log says now.
    pub(crate) async fn is_held(&self, claim: &Claim) -> Result<bool, LogFailure> {
        let stream = claim.stream.to_string();
        let last = self.log.read_stream(&stream, StreamFrom::End, Direction::Backwards, 1).await?;
        let Some(last) = last.first() else { return Ok(false) };
        let fact = Fact::read(&last.kind, &last.data).map_err(vault::VaultError::from)?;
        let Fact::Claim(ClaimFact::ClaimTaken(taken)) = fact else { return Ok(true) };
        let owner: Loaded<Holdings> = self.load_sealed(&taken.owner).await?;
        Ok(owner.state.holds(&claim.hash))
    }

    /// What the next take must expect; `None` when the claim is the owner's already.
    async fn contend(
        &self,
        claim: &Claim,
        owner: &StreamName,
        voided: Option<u64>,
        request: &Request,
    ) -> Result<Option<ExpectedRevision>, ExecuteError<Taken>> {
        let stream = claim.stream.to_string();
        let last = self.log.read_stream(&stream, StreamFrom::End, Direction::Backwards, 1).await?;
        let Some(last) = last.first() else { return Ok(Some(ExpectedRevision::NoStream)) };
        let fact = Fact::read(&last.kind, &last.data).map_err(vault::VaultError::from)?;
        let Fact::Claim(ClaimFact::ClaimTaken(taken)) = fact else {
            return Err(ExecuteError::Rejected(Taken));
        };
        if taken.owner != owner.to_string() {
            self.void(&taken.owner, claim, last.revision.0, request).await?;
        } else if voided.is_none_or(|voided| last.revision.0 > voided) {
            return Ok(None);
        }
        Ok(Some(ExpectedRevision::Exactly(last.revision)))
    }

    /// Makes sure that the take of `holder` at `revision` counts no more, unless it does.
    async fn void(
        &self,
        holder: &str,
        claim: &Claim,
        revision: u64,
        request: &Request,
    ) -> Result<(), ExecuteError<Taken>> {
        let deadline = Instant::now() + CLAIM_WAIT;
        loop {
            let folded: Loaded<Holdings> = self.load_sealed(holder).await?;
            if folded.state.voided(&claim.hash).is_some_and(|voided| voided >= revision) {
                return Ok(());
            }
            if folded.state.holds(&claim.hash) {
                return Err(ExecuteError::Rejected(Taken));
            }
            // Whoever is erased comes back for nothing.
            if !folded.state.gone && self.moved(holder, folded.revision, deadline).await {
                continue;
            }
            let void = Fact::from(ClaimVoided { claim: claim.hash.clone(), revision });
            match self.append_to(holder, folded.expected(), void, request).await {
                Ok(()) => return Ok(()),
                Err(LogFailure::Append(AppendError::WrongRevision { .. })) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Waits until `stream` has a fact after `revision`; `false` when the deadline came first. By
    /// the monotonic clock: a jump of the other one changes nothing.
    pub(crate) async fn moved(
        &self,
        stream: &str,
        revision: Option<Revision>,
        deadline: Instant,
    ) -> bool {
        let mut facts = self.log.subscribe_stream(stream, revision);
        let next = async {
            while let Some(signal) = facts.next().await {
                if matches!(signal, Signal::Fact(_)) {
                    return true;
                }
            }
            false
        };
        tokio::time::timeout_at(deadline, next).await.unwrap_or(false)
    }

    async fn append_to(
        &self,
        holder: &str,
        expected: ExpectedRevision,
        void: Fact,
        request: &Request,
    ) -> Result<(), LogFailure> {
        let owner = StreamName::parse_owner(holder)
            .ok_or_else(|| AppendError::Invalid(format!("stream {holder:?} cannot own a claim")))?;
        self.append(&owner, expected, vec![void], request).await.map(|_| ())
    }
}

#[cfg(test)]
mod tests;
