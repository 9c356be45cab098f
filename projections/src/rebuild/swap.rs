//! Putting read models in the place of the live ones, and back.
//!
//! **Invariant:** it is one transaction. Whoever reads sees the one set or the other, whole; whoever
//! projects is fenced by the epoch and goes on from the checkpoint that came with the tables.

use schema::caps::{SWAP_ATTEMPTS_MAX, SWAP_LOCK_WAIT_MS};
use tokio_postgres::{Client, error::SqlState};
use tracing::info;

use super::{Differences, Next, Rebuild, RebuildError, diff::check_release, places::place};
use crate::{
    checkpoint::READ_MODELS,
    database::{connected, quoted_schema},
    models::TABLES,
    space::Space,
};

impl Rebuild {
    /// Compares the new read models with the live ones, and puts them in their place where they are
    /// the same, or where `differing` is what is wanted. Those that were live are kept.
    ///
    /// # Errors
    ///
    /// [`RebuildError`]; the live ones are then as they were.
    pub async fn swap(&self, differing: bool) -> Result<Differences, RebuildError> {
        let found = self.diff().await?;
        if !found.tables.is_empty() && !differing {
            return Err(RebuildError::Differs(found));
        }
        let (live, _connection) = connected(&self.0.database_url, Space::Live).await?;
        let mut next = Some(self.open().await?);
        for _ in 0..SWAP_ATTEMPTS_MAX {
            match self.try_swap(&live, &mut next).await {
                Err(RebuildError::Checkpoint(error)) if error.is_of_a_lock() => {
                    live.batch_execute("ROLLBACK").await?;
                }
                swapped => return swapped.map(|()| found),
            }
        }
        Err(RebuildError::Busy)
    }

    async fn try_swap(&self, live: &Client, next: &mut Option<Next>) -> Result<(), RebuildError> {
        let schema = begin(live).await?;
        check_release(live).await?;
        // From here on the live ones stand still. What they have had meanwhile is little.
        let stands = place(live, Space::Live).await?.map_or(0, |place| place.position);
        let mut writer = match next.take() {
            Some(next) => next,
            None => self.open().await?,
        };
        self.bring_to(&mut writer, stands).await?;
        drop(writer);
        live.batch_execute("DROP SCHEMA IF EXISTS registre_former CASCADE").await?;
        exchange(live, &schema, "registre_next").await?;
        live.batch_execute("ALTER SCHEMA registre_next RENAME TO registre_former; COMMIT").await?;
        info!(position = stands, "new read models are live");
        Ok(())
    }

    /// Puts the read models back that were live before the last swap; what has come since is
    /// projected again.
    ///
    /// # Errors
    ///
    /// [`RebuildError`]; the live ones are then as they were.
    pub async fn roll_back(&self) -> Result<(), RebuildError> {
        let (live, _connection) = connected(&self.0.database_url, Space::Live).await?;
        for _ in 0..SWAP_ATTEMPTS_MAX {
            match try_roll_back(&live).await {
                Err(RebuildError::Checkpoint(error)) if error.is_of_a_lock() => {
                    live.batch_execute("ROLLBACK").await?;
                }
                swapped => return swapped,
            }
        }
        Err(RebuildError::Busy)
    }
}

async fn try_roll_back(live: &Client) -> Result<(), RebuildError> {
    let schema = begin(live).await?;
    if place(live, Space::Former).await?.is_none() {
        live.batch_execute("ROLLBACK").await?;
        return Err(RebuildError::NoFormer);
    }
    live.batch_execute("DROP SCHEMA IF EXISTS registre_next CASCADE").await?;
    exchange(live, &schema, "registre_former").await?;
    live.batch_execute("ALTER SCHEMA registre_former RENAME TO registre_next; COMMIT").await?;
    info!("former read models are live again");
    Ok(())
}

/// Begins the transaction and fences whoever projects; tells the schema of the live read models.
async fn begin(live: &Client) -> Result<String, RebuildError> {
    let start = format!("BEGIN; SET LOCAL lock_timeout = {SWAP_LOCK_WAIT_MS}");
    live.batch_execute(&start).await?;
    let fence = "UPDATE checkpoints SET epoch = epoch + 1 WHERE name = $1";
    live.execute(fence, &[&READ_MODELS]).await?;
    Ok(quoted_schema(live, Space::Live).await?.unwrap_or_default())
}

/// Exchanges tables and checkpoints of the schemas `live` and `other`.
async fn exchange(client: &Client, live: &str, other: &str) -> Result<(), RebuildError> {
    client.batch_execute("CREATE SCHEMA registre_swap").await?;
    for (from, to) in [(live, "registre_swap"), (other, live), ("registre_swap", other)] {
        for table in TABLES {
            let moved = format!("ALTER TABLE {from}.{} SET SCHEMA {to}", table.name);
            client.batch_execute(&moved).await?;
        }
    }
    client.batch_execute("DROP SCHEMA registre_swap").await?;
    let columns = "log, position, fact, counted, digest";
    let checkpoints = format!(
        "WITH one AS (SELECT {columns} FROM {live}.checkpoints WHERE name = $1),
              two AS (SELECT {columns} FROM {other}.checkpoints WHERE name = $1),
              moved AS (
                  UPDATE {other}.checkpoints c
                  SET ({columns}) = (one.log, one.position, one.fact, one.counted, one.digest)
                  FROM one WHERE c.name = $1
              )
         UPDATE {live}.checkpoints c
         SET ({columns}) = (two.log, two.position, two.fact, two.counted, two.digest)
         FROM two WHERE c.name = $1"
    );
    client.execute(&checkpoints, &[&READ_MODELS]).await?;
    Ok(())
}

impl crate::CheckpointError {
    /// Whether somebody else held what was asked for.
    fn is_of_a_lock(&self) -> bool {
        let Self::Database(crate::DatabaseError::Postgres(error)) = self else { return false };
        let codes = [SqlState::LOCK_NOT_AVAILABLE, SqlState::T_R_DEADLOCK_DETECTED];
        error.code().is_some_and(|code| codes.contains(code))
    }
}
