//! The projector: reads the log, applies batches, moves the checkpoint.

use eventlog::{EventLog, Fact as Stored, Filter, Position, Signal};
use futures::StreamExt;
use schema::{LogId, caps::PROJECTION_BATCH_MAX};
use tokio_postgres::Client;
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

/// A holder that is frozen inside a transaction is cut off by Postgres, or it would block whoever
/// takes over.
const SESSION: &str = "SET idle_in_transaction_session_timeout = '5s'";

/// Keeps the read models up with the log.
#[derive(Debug)]
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

impl Projector {
    /// Runs until `shutdown`, through any outage of Postgres or the log.
    ///
    /// # Errors
    ///
    /// [`ProjectorError`] when going on would be wrong, not merely impossible for now.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), ProjectorError> {
        let mut backoff = Backoff::new();
        loop {
            let failed = tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                failed = self.follow() => failed,
            };
            match failed {
                BatchError::Checkpoint(
                    stop @ (CheckpointError::Foreign { .. } | CheckpointError::Replaced),
                ) => {
                    return Err(stop.into());
                }
                failed => {
                    warn!(error = %Chain(&failed), "projector starts again");
                }
            }
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                () = backoff.pause() => {}
            }
        }
    }

    /// Follows the log until something fails.
    async fn follow(&self) -> BatchError {
        match self.try_follow().await {
            Ok(()) => BatchError::Ended,
            Err(error) => error,
        }
    }

    async fn try_follow(&self) -> Result<(), BatchError> {
        migrate(&self.database_url).await?;
        let (mut client, connection) = connect(&self.database_url).await?;
        let _connection = AbortOnDropHandle::new(tokio::spawn(connection));
        client.batch_execute(SESSION).await?;
        let (lease, standing) = Lease::take(&client, self.log_id).await?;
        if let Some(standing) = standing {
            standing.check(&self.log, self.log_id).await?;
        }
        let from = standing.map(|standing| Position(standing.position));
        info!(position = from.map(|from| from.0), "projector follows the log");

        let signals = self.log.subscribe_all(Filter::None, from);
        let mut batches = signals.ready_chunks(PROJECTION_BATCH_MAX);
        while let Some(batch) = batches.next().await {
            let facts: Vec<Stored> = batch.into_iter().filter_map(fact_of).collect();
            self.apply(&mut client, lease, &facts).await?;
        }
        Ok(())
    }

    async fn apply(
        &self,
        client: &mut Client,
        lease: Lease,
        facts: &[Stored],
    ) -> Result<(), BatchError> {
        let Some(last) = facts.last() else { return Ok(()) };
        let mut rows = Rows::default();
        for stored in facts.iter().filter(|stored| !stored.stream.starts_with('$')) {
            self.vault.observe(stored);
            match self.vault.open(stored).await {
                Ok(opened) => rows.apply(stored.position.0, &opened.fact),
                // It stands in the log all the same; what follows must not wait for it.
                Err(error @ (VaultError::Fact(_) | VaultError::Encoding(_))) => error!(
                    error = %Chain(&error),
                    stream = stored.stream,
                    position = stored.position.0,
                    "a fact cannot be applied"
                ),
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
