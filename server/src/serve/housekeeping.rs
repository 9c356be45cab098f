//! What is done without being asked for: erasures are finished, and Postgres's files are swept.

use std::time::Duration;

use anyhow::Result;
use commands::Commands;
use projections::or_panicked;
use schema::caps::{SWEEP_EVERY, SWEEP_RETRY};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::Parts;
use crate::{
    arguments::{Role, Serve},
    erasures,
};

/// Keeps house for one process.
pub(super) struct Housekeeping {
    commands: Commands,
    /// The read models, where this process writes them.
    database_url: Option<String>,
}

impl Housekeeping {
    /// For a process with these `options`.
    pub(super) fn of(options: &Serve, parts: &Parts, commands: &Commands) -> Self {
        let writes = options.is(Role::Projector);
        Self {
            commands: commands.clone(),
            database_url: writes.then(|| parts.database_url.to_string()),
        }
    }

    /// Begins at once, goes on every day, and whenever an erasure was left unfinished.
    pub(super) async fn run(self, stopping: CancellationToken) {
        let work = async {
            loop {
                let pause = self.round().await;
                tokio::select! {
                    () = sleep(pause) => {}
                    () = self.commands.left_unfinished() => {}
                }
            }
        };
        stopping.run_until_cancelled(Box::pin(work)).await;
    }

    /// Tells how long the next one can wait.
    async fn round(&self) -> Duration {
        match or_panicked(self.tidy()).await {
            Ok(()) => SWEEP_EVERY,
            Err(error) => {
                warn!(error = format!("{error:#}"), "erasures wait");
                SWEEP_RETRY
            }
        }
    }

    async fn tidy(&self) -> Result<()> {
        for line in erasures::finish(&self.commands).await? {
            info!("erasure of {line}");
        }
        let Some(url) = &self.database_url else { return Ok(()) };
        let swept = projections::sweep(url).await?;
        if !swept.people.is_empty() {
            info!(people = swept.people.len(), "those who were erased are swept out of Postgres");
        }
        if !swept.journal {
            warn!("Postgres keeps its write-ahead log, and in it whoever was erased");
        }
        Ok(())
    }
}
