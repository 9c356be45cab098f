//! Read models that are made anew beside the live ones, compared with them, and put in their place.
//!
//! **Invariant:** until the swap nothing that queries read is touched, and nothing is published: the
//! relay has no part in it.

mod diff;
mod places;
mod swap;

use eventlog::{EventLog, Fact as Stored, Filter, Position, ReadError, Signal};
use futures::StreamExt;
use schema::{
    LogId,
    caps::{LEASE_RENEWAL, REBUILD_ROUNDS_MAX},
};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tracing::info;
use vault::{Vault, VaultError};

pub use self::{
    diff::{Difference, Differences},
    places::{Place, Places},
};
use crate::{
    CheckpointError, DatabaseError, Projector,
    completeness::Tally,
    database::{drop_space, migrate_in},
    projector::{BatchError, Quarantine, Writer, apply},
    space::Space,
};

/// Makes read models anew.
#[derive(Clone, Debug)]
pub struct Rebuild(Projector);

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// Facts that were applied by this run.
    pub facts: u64,
    /// Where the new read models stand.
    pub position: u64,
    /// Where the live ones stood when it was looked last.
    pub target: u64,
}

/// How a run has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rebuilt {
    /// The new read models stand where the live ones do, or have done a moment ago.
    CaughtUp(Course),
    /// It was told to stop. The next run goes on from there.
    Cancelled(Course),
}

/// Why read models were not made, compared or swapped.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// Something kept it from going on.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Keys could not be read.
    #[error("facts could not be opened")]
    Vault(#[from] VaultError),
    /// The log takes no subscription there.
    #[error("the log ended the subscription")]
    Ended,
    /// There is nothing to compare or swap.
    #[error("there are no read models beside the live ones: make them first")]
    Missing,
    /// There is nothing to go back to.
    #[error("there are no former read models to go back to")]
    NoFormer,
    /// They have other columns than the live ones.
    #[error("the read models beside the live ones were made by another release: make them anew")]
    OtherRelease,
    /// They do not hold what the live ones do.
    #[error("the new read models differ from the live ones")]
    Differs(Differences),
    /// Queries did not let go of the tables for a moment.
    #[error("the tables are in use; nothing was changed")]
    Busy,
}

impl From<DatabaseError> for RebuildError {
    fn from(error: DatabaseError) -> Self {
        Self::Checkpoint(error.into())
    }
}

impl From<tokio_postgres::Error> for RebuildError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Checkpoint(error.into())
    }
}

impl From<ReadError> for RebuildError {
    fn from(error: ReadError) -> Self {
        Self::Checkpoint(error.into())
    }
}

impl From<BatchError> for RebuildError {
    fn from(error: BatchError) -> Self {
        match error {
            BatchError::Checkpoint(error) => Self::Checkpoint(error),
            BatchError::Vault(error) => Self::Vault(error),
            BatchError::Ended => Self::Ended,
        }
    }
}

/// The new read models, and who writes them.
pub(super) struct Next {
    writer: Writer,
    quarantine: Quarantine,
    tally: Tally,
    /// 0 before the first fact.
    position: u64,
}

impl Rebuild {
    /// From `log` into the database at `database_url`.
    #[must_use]
    pub fn new(log: EventLog, log_id: LogId, vault: Vault, database_url: String) -> Self {
        Self(Projector { log, log_id, vault, database_url })
    }

    /// Makes read models beside the live ones up to where those stand, `batch` facts at a time at
    /// the most, and tells how far it is. Goes on where an earlier run has ended.
    ///
    /// # Errors
    ///
    /// [`RebuildError`]; the next run goes on.
    pub async fn run(
        &self,
        batch: usize,
        mut tell: impl FnMut(Course),
        stop: &CancellationToken,
    ) -> Result<Rebuilt, RebuildError> {
        migrate_in(&self.0.database_url, Space::Next).await?;
        let mut next = self.open().await?;
        let mut course = Course { facts: 0, position: next.position, target: 0 };
        for _ in 0..REBUILD_ROUNDS_MAX {
            course.target = self.target().await?;
            tell(course);
            let caught_up = self.catch_up(&mut next, &mut course, batch, &mut tell, stop).await?;
            if !caught_up {
                return Ok(Rebuilt::Cancelled(course));
            }
            // Facts have come meanwhile; with each round there are fewer of them.
            if self.target().await? <= course.target {
                break;
            }
        }
        Ok(Rebuilt::CaughtUp(course))
    }

    /// Forgets the read models that an earlier run has made.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`].
    pub async fn start_over(&self) -> Result<(), DatabaseError> {
        drop_space(&self.0.database_url, Space::Next).await
    }

    /// Forgets all that stands beside the live read models: those that were made, and those that
    /// were live before. Neither hears of erasures.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`].
    pub async fn forget(&self) -> Result<(), DatabaseError> {
        self.start_over().await?;
        drop_space(&self.0.database_url, Space::Former).await
    }

    /// Where the live read models stand; where the log ends while there are none.
    async fn target(&self) -> Result<u64, RebuildError> {
        if let Some(place) = self.places().await?.live {
            return Ok(place.position);
        }
        Ok(self.0.log.head().await?.map_or(0, |head| head.0))
    }

    async fn open(&self) -> Result<Next, RebuildError> {
        let Projector { log, log_id, database_url, .. } = &self.0;
        let (writer, standing, tally) =
            Writer::take_over_in(database_url, *log_id, Space::Next).await?;
        if let Some(standing) = standing {
            standing.check(log, *log_id).await?;
        }
        let mut quarantine = Quarantine::load(&writer).await?;
        self.0.drain_all(&writer, &mut quarantine).await?;
        let position = standing.map_or(0, |standing| standing.position);
        info!(position, "read models are made beside the live ones");
        Ok(Next { writer, quarantine, tally, position })
    }

    /// Applies what comes after `next` up to the course's target. `false` when it was stopped.
    async fn catch_up(
        &self,
        next: &mut Next,
        course: &mut Course,
        batch: usize,
        tell: &mut impl FnMut(Course),
        stop: &CancellationToken,
    ) -> Result<bool, RebuildError> {
        if next.position >= course.target {
            return Ok(true);
        }
        let from = (next.position > 0).then_some(Position(next.position));
        let signals = self.0.log.subscribe_all(Filter::ExcludeSystem, from);
        let mut batches = signals.ready_chunks(batch);
        let mut renewal = interval(LEASE_RENEWAL);
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while next.position < course.target {
            let batch = tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(false),
                batch = batches.next() => batch.ok_or(RebuildError::Ended)?,
                _ = renewal.tick() => {
                    next.writer.renew().await?;
                    continue;
                }
            };
            let facts = batch.into_iter().filter_map(fact_of);
            let facts: Vec<_> = facts.filter(|fact| fact.position.0 <= course.target).collect();
            let Some(last) = facts.last().map(|fact| fact.position.0) else { continue };
            course.facts += facts.len() as u64;
            let steps = self.0.open(facts.into_iter(), &mut next.tally).await?;
            apply(&next.writer, steps, &mut next.quarantine).await?;
            (next.position, course.position) = (last, last);
            tell(*course);
        }
        Ok(true)
    }
}

fn fact_of(signal: Signal) -> Option<Stored> {
    match signal {
        Signal::Fact(fact) => Some(fact),
        Signal::Checkpoint(_) | Signal::CaughtUp | Signal::Lost(_) => None,
    }
}

#[cfg(test)]
mod tests;
