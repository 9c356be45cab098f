//! The projector: reads the log, applies batches, moves the checkpoint.

mod batch;
mod quarantine;
mod waiting;
mod writer;

use eventlog::{EventLog, Fact as Stored, Filter, Position, Signal};
use futures::{StreamExt, TryStreamExt, stream};
use schema::{
    LogId, StreamName,
    caps::{LEASE_RENEWAL, PROJECTION_BATCH_MAX, PROJECTION_OPENED_AT_ONCE},
};
use tokio::{sync::watch, time::MissedTickBehavior};
use tokio_postgres::error::SqlState;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use vault::{Vault, VaultError};

use self::{
    batch::{Batch, Step, cut},
    waiting::Waiting,
};
pub(crate) use self::{quarantine::Quarantine, writer::Writer};
use crate::{
    Chain, CheckpointError, DatabaseError, Panicked, backoff::Backoff, completeness::Tally,
    database::migrate, or_panicked,
};

/// Keeps the read models up with the log.
#[derive(Clone, Debug)]
pub struct Projector {
    /// Where facts come from.
    pub log: EventLog,
    /// That log's identity.
    pub log_id: LogId,
    /// Opens personal data.
    pub vault: Vault,
    /// Where rows go.
    pub database_url: String,
}

/// How a projector fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProjectorState {
    /// It follows the log.
    Active,
    /// Another one does, and this one waits for its turn.
    Standby,
    /// Something keeps it from following; it tries again, unless it has stopped for good.
    Failing,
}

/// Why a projector has stopped for good.
#[derive(Debug, thiserror::Error)]
pub enum ProjectorError {
    /// It may not go on from where the read models stand.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

/// Why one batch, or the connection, failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BatchError {
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error("facts could not be opened")]
    Vault(#[from] VaultError),
    #[error("the log ended the subscription")]
    Ended,
}

/// Why a projector begins anew.
#[derive(Debug, thiserror::Error)]
enum FollowError {
    #[error(transparent)]
    Batch(#[from] BatchError),
    #[error(transparent)]
    Panicked(#[from] Panicked),
}

impl From<DatabaseError> for BatchError {
    fn from(error: DatabaseError) -> Self {
        Self::Checkpoint(error.into())
    }
}

impl Projector {
    /// Runs until `shutdown`, through any outage of Postgres or the log, and tells how it fares.
    ///
    /// # Errors
    ///
    /// [`ProjectorError`] when going on would be wrong, not merely impossible for now.
    pub async fn run(
        self,
        state: watch::Sender<ProjectorState>,
        shutdown: CancellationToken,
    ) -> Result<(), ProjectorError> {
        let mut backoff = Backoff::new();
        let work = async {
            loop {
                let followed = async { Ok(self.follow(&state, &mut backoff).await?) };
                let failed = or_panicked::<(), FollowError>(followed).await.err();
                state.send_replace(ProjectorState::Failing);
                match failed.unwrap_or(BatchError::Ended.into()) {
                    FollowError::Batch(BatchError::Checkpoint(
                        foreign @ CheckpointError::Foreign { .. },
                    )) => return Err(foreign.into()),
                    failed => warn!(error = %Chain(&failed), "projector starts again"),
                }
                backoff.pause().await;
            }
        };
        shutdown.run_until_cancelled(Box::pin(work)).await.unwrap_or(Ok(()))
    }

    async fn follow(
        &self,
        state: &watch::Sender<ProjectorState>,
        backoff: &mut Backoff,
    ) -> Result<(), BatchError> {
        migrate(&self.database_url).await?;
        state.send_if_modified(|state| {
            let failing = *state == ProjectorState::Failing;
            *state = ProjectorState::Standby;
            failing
        });
        let (writer, standing, mut tally) =
            Writer::take_over(&self.database_url, self.log_id).await?;
        if let Some(standing) = standing {
            standing.check(&self.log, self.log_id).await?;
        }
        let from = standing.map(|standing| Position(standing.position));
        info!(position = from.map(|from| from.0), "projector follows the log");
        let mut quarantine = Quarantine::load(&writer).await?;
        self.drain_all(&writer, &mut quarantine).await?;

        let signals = self.log.subscribe_all(Filter::ExcludeSystem, from);
        let mut batches = signals.ready_chunks(PROJECTION_BATCH_MAX);
        let mut renewal = tokio::time::interval(LEASE_RENEWAL);
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut waiting = Waiting::default();
        loop {
            tokio::select! {
                batch = batches.next() => {
                    let Some(batch) = batch else { return Ok(()) };
                    let facts = batch.into_iter().filter_map(fact_of);
                    waiting.add(self.open(facts, &mut tally).await?);
                    if waiting.is_urgent() {
                        apply(&writer, waiting.take(), &mut quarantine).await?;
                    }
                    backoff.succeeded();
                    state.send_replace(ProjectorState::Active);
                }
                () = waiting.is_due() => apply(&writer, waiting.take(), &mut quarantine).await?,
                _ = renewal.tick() => {
                    apply(&writer, waiting.take(), &mut quarantine).await?;
                    writer.renew().await?;
                    self.drain_asked(&writer, &mut quarantine).await?;
                }
            }
        }
    }

    /// Tallies facts and opens them, many at once: each may have to ask the log for a key.
    pub(crate) async fn open(
        &self,
        facts: impl Iterator<Item = Stored>,
        tally: &mut Tally,
    ) -> Result<Vec<Step>, VaultError> {
        let tallied = facts.map(|stored| {
            tally.take(&stored);
            (stored, tally.clone())
        });
        stream::iter(tallied.filter(|(stored, _)| !is_purged_key(stored)))
            .map(async |(stored, tally)| {
                self.vault.observe(&stored);
                let fact = match self.vault.open_fact(&stored).await {
                    Ok(fact) => Ok(fact),
                    Err(error @ (VaultError::Fact(_) | VaultError::Encoding(_))) => {
                        Err(Chain(&error).to_string())
                    }
                    Err(error) => return Err(error),
                };
                Ok(Step { stored, fact, tally })
            })
            .buffered(PROJECTION_OPENED_AT_ONCE)
            .try_collect()
            .await
    }
}

/// Applies `steps`; where Postgres cannot hold what one of them says, that one and each after it in a
/// transaction of its own: its stream waits from there on, and the rest goes on.
pub(crate) async fn apply(
    writer: &Writer,
    mut steps: Vec<Step>,
    quarantine: &mut Quarantine,
) -> Result<(), CheckpointError> {
    quarantine.hold(&mut steps);
    let mut done = 0;
    for together in cut(&steps) {
        let Some(batch) = Batch::of(together) else { continue };
        match writer.write(&batch).await {
            Err(refused) if is_of_the_rows(&refused) => break,
            outcome => outcome?,
        }
        done += together.len();
    }
    for step in &mut steps[done..] {
        apply_one(writer, step, quarantine).await?;
    }
    Ok(())
}

async fn apply_one(
    writer: &Writer,
    step: &mut Step,
    quarantine: &mut Quarantine,
) -> Result<(), CheckpointError> {
    quarantine.hold(std::slice::from_mut(step));
    let Some(batch) = Batch::of(std::slice::from_ref(step)) else { return Ok(()) };
    match writer.write(&batch).await {
        Err(refused) if is_of_the_rows(&refused) => {
            let reason = Chain(&refused).to_string();
            quarantine.add(&step.stored, &reason);
            writer.write(&Batch::without(step, &reason)).await
        }
        outcome => outcome,
    }
}

/// Whether Postgres will refuse these rows however often it is asked: a value that it cannot hold
/// (SQLSTATE class 22) or that contradicts another (class 23).
fn is_of_the_rows(error: &CheckpointError) -> bool {
    let CheckpointError::Database(DatabaseError::Postgres(error)) = error else { return false };
    let class = error.code().map(SqlState::code).and_then(|code| code.get(..2));
    matches!(class, Some("22" | "23"))
}

/// Whether `stored` was the data key of somebody who has been erased. It stands in the log, and nothing
/// in it; no row was ever made of it.
fn is_purged_key(stored: &Stored) -> bool {
    stored.data.is_empty() && StreamName::key_subject(&stored.stream).is_some()
}

fn fact_of(signal: Signal) -> Option<Stored> {
    match signal {
        Signal::Fact(fact) => Some(fact),
        Signal::Checkpoint(_) | Signal::CaughtUp => None,
        Signal::Lost(reason) => {
            warn!(reason, "projector lost the log");
            None
        }
    }
}

#[cfg(test)]
mod tests;
