//! The projector: reads the log, applies batches, moves the checkpoint.

use eventlog::{EventLog, Fact as Stored, Filter, Position, Signal};
use futures::StreamExt;
use schema::{
    LogId,
    caps::{LEASE_RENEWAL, LEASE_WAIT, PROJECTION_BATCH_MAX},
};
use tokio::{sync::watch, time::MissedTickBehavior};
use tokio_postgres::{Client, error::SqlState};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tracing::{error, info, warn};
use vault::{Vault, VaultError};

use crate::{
    Chain, CheckpointError, DatabaseError,
    backoff::Backoff,
    checkpoint::Lease,
    database::{connect, migrate},
    models::Rows,
    progress::NOTIFY_PROGRESS,
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
enum BatchError {
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error("facts could not be opened")]
    Vault(#[from] VaultError),
    #[error("the log ended the subscription")]
    Ended,
}

impl From<tokio_postgres::Error> for BatchError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Checkpoint(error.into())
    }
}

impl From<DatabaseError> for BatchError {
    fn from(error: DatabaseError) -> Self {
        Self::Checkpoint(error.into())
    }
}

impl BatchError {
    /// Whether Postgres will refuse these rows however often it is asked: a value that it cannot
    /// hold (SQLSTATE class 22) or that contradicts another (class 23).
    fn is_of_the_rows(&self) -> bool {
        let Self::Checkpoint(CheckpointError::Database(DatabaseError::Postgres(error))) = self
        else {
            return false;
        };
        let class = error.code().map(SqlState::code).and_then(|code| code.get(..2));
        matches!(class, Some("22" | "23"))
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
                let failed = self.follow(&state).await.err().unwrap_or(BatchError::Ended);
                state.send_replace(ProjectorState::Failing);
                if let BatchError::Checkpoint(foreign @ CheckpointError::Foreign { .. }) = failed {
                    return Err(foreign.into());
                }
                warn!(error = %Chain(&failed), "projector starts again");
                backoff.pause().await;
            }
        };
        shutdown.run_until_cancelled(Box::pin(work)).await.unwrap_or(Ok(()))
    }

    async fn follow(&self, state: &watch::Sender<ProjectorState>) -> Result<(), BatchError> {
        migrate(&self.database_url).await?;
        let (mut client, connection) = connect(&self.database_url).await?;
        let _connection = AbortOnDropHandle::new(tokio::spawn(connection));
        state.send_if_modified(|state| {
            let failing = *state == ProjectorState::Failing;
            *state = ProjectorState::Standby;
            failing
        });
        let (lease, standing) = Lease::take(&client, self.log_id).await?;
        if let Some(standing) = standing {
            standing.check(&self.log, self.log_id).await?;
        }
        let from = standing.map(|standing| Position(standing.position));
        info!(position = from.map(|from| from.0), "projector follows the log");

        let signals = self.log.subscribe_all(Filter::ExcludeSystem, from);
        let mut batches = signals.ready_chunks(PROJECTION_BATCH_MAX);
        let mut renewal = tokio::time::interval(LEASE_RENEWAL);
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                batch = batches.next() => {
                    let Some(batch) = batch else { return Ok(()) };
                    let facts: Vec<Stored> = batch.into_iter().filter_map(fact_of).collect();
                    self.apply(&mut client, lease, &facts).await?;
                    state.send_replace(ProjectorState::Active);
                }
                _ = renewal.tick() => client.batch_execute("SELECT").await?,
            }
        }
    }

    /// Applies `facts` in one transaction; where Postgres cannot hold what one of them says, each in
    /// its own, without that one.
    async fn apply(
        &self,
        client: &mut Client,
        lease: Lease,
        facts: &[Stored],
    ) -> Result<(), BatchError> {
        match self.try_apply(client, lease, facts).await {
            Err(refused) if refused.is_of_the_rows() => {}
            outcome => return outcome,
        }
        for fact in facts {
            match self.try_apply(client, lease, std::slice::from_ref(fact)).await {
                Err(refused) if refused.is_of_the_rows() => cannot_be_applied(fact, &refused),
                outcome => outcome?,
            }
        }
        Ok(())
    }

    async fn try_apply(
        &self,
        client: &mut Client,
        lease: Lease,
        facts: &[Stored],
    ) -> Result<(), BatchError> {
        let Some(last) = facts.last() else { return Ok(()) };
        let mut rows = Rows::default();
        for stored in facts {
            self.vault.observe(stored);
            match self.vault.open(stored).await {
                Ok(opened) => rows.apply(stored.position.0, &opened.fact),
                // It stands in the log all the same; what follows must not wait for it.
                Err(unreadable @ (VaultError::Fact(_) | VaultError::Encoding(_))) => {
                    cannot_be_applied(stored, &unreadable);
                }
                Err(error) => return Err(error.into()),
            }
        }
        let tx = client.transaction().await?;
        lease.advance(&tx, last.position, last.id).await?;
        rows.write(&tx).await?;
        tx.execute(NOTIFY_PROGRESS, &[&last.position.to_string()]).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// What a connection that may project has to promise: one that is frozen, inside a transaction or
/// not, is cut off, and whoever waits takes over.
pub(crate) fn session() -> String {
    let limit = LEASE_WAIT.as_millis();
    format!("SET idle_in_transaction_session_timeout = {limit}; SET idle_session_timeout = {limit}")
}

fn cannot_be_applied(stored: &Stored, error: &(dyn std::error::Error + 'static)) {
    let (stream, position) = (&stored.stream, stored.position.0);
    error!(error = %Chain(error), stream, position, "a fact cannot be applied");
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
