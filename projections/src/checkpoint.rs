//! How far the read models have come.

use eventlog::{Direction, EventLog, Filter, Position, ReadError};
use schema::{
    LogId,
    caps::{LEASE_WAIT, PROJECTION_STATEMENT_WAIT},
};
use tokio::time::timeout;
use tokio_postgres::{Client, Row, error::SqlState};
use uuid::Uuid;

use crate::{
    DatabaseError,
    completeness::Tally,
    database::{connected, migrate},
    models::TABLES,
    space::Space,
};

/// The name of the read models' checkpoint. Stored.
pub(crate) const READ_MODELS: &str = "read_models.v1";

/// A wait for the turn ends after so long and begins again, so that a Postgres that is gone is
/// noticed by whoever waits, too.
const TURN_TIMEOUT: &str = "SET lock_timeout = 2000";

/// Why the read models cannot go on from their checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// They were made from another log, or from a later state of this one.
    #[error(
        "the read models stand at position {position} of log {found}, which log {expected} does \
         not have: a restored or foreign log. Bring back the log, or start once with \
         --force-rebuild, which makes them anew from this one"
    )]
    Foreign {
        /// Where they stand.
        position: u64,
        /// The log they were made from.
        found: LogId,
        /// The log that is there.
        expected: LogId,
    },
    /// Another projector has taken over since.
    #[error("another projector has taken over")]
    Replaced,
    /// The log did not answer.
    #[error("log could not be read")]
    Log(#[from] ReadError),
    /// Postgres failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<tokio_postgres::Error> for CheckpointError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error.into())
    }
}

/// The right to write the read models, until somebody else takes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lease {
    pub(crate) epoch: i64,
}

impl Lease {
    /// Waits until nobody else projects into `space`, and takes over: whoever held it before can
    /// change nothing from here on. Tells the position to go on from, and the tally of everything up
    /// to it.
    ///
    /// The lock is for order among the living. What fences is the epoch: a holder that was frozen
    /// and lost its lock finds that out by its next statement.
    pub(crate) async fn take(
        client: &Client,
        space: Space,
    ) -> Result<(Self, Option<Standing>, Tally), DatabaseError> {
        bounded(client.batch_execute(TURN_TIMEOUT)).await?;
        while let Err(error) = bounded(client.batch_execute(space.turn())).await {
            if !is_timeout(&error) {
                return Err(error);
            }
        }
        bounded(client.batch_execute(&session())).await?;
        let sql = "INSERT INTO checkpoints AS c (name, epoch) VALUES ($1, 1)
                   ON CONFLICT (name) DO UPDATE SET epoch = c.epoch + 1
                   RETURNING epoch, log, position, fact, counted, digest";
        let row = bounded(client.query_one(sql, &[&READ_MODELS])).await?;
        let standing = Standing::of(&row);
        let tally = standing
            .as_ref()
            .map(|_| Tally { counted: row.get::<_, i64>(4).cast_unsigned(), digest: row.get(5) });
        Ok((Self { epoch: row.get(0) }, standing, tally.unwrap_or_default()))
    }
}

/// What `asked` gives, unless Postgres takes longer than anything that might stand in its way.
pub(crate) async fn bounded<T>(
    asked: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, DatabaseError> {
    let answer = timeout(PROJECTION_STATEMENT_WAIT, asked).await;
    Ok(answer.map_err(|_| DatabaseError::Late)??)
}

fn is_timeout(error: &DatabaseError) -> bool {
    let DatabaseError::Postgres(error) = error else { return false };
    error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE)
}

/// What a connection that may project has to promise. One that is frozen, inside a transaction or
/// not, is cut off, and whoever waits takes over. Rows are looked up by their keys alone, whatever
/// size the planner believes a table to have. A commit need not reach the disk before it is
/// answered: rows and checkpoint are lost together, and are made again from the log.
fn session() -> String {
    let limit = LEASE_WAIT.as_millis();
    format!(
        "SET idle_in_transaction_session_timeout = {limit};
         SET idle_session_timeout = {limit};
         SET lock_timeout = 0;
         SET enable_seqscan = off;
         SET synchronous_commit = off"
    )
}

/// Where the read models stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    log: LogId,
    pub(crate) position: u64,
    fact: Uuid,
}

impl Standing {
    /// What stands in the second to fourth column of `row`: log, position and fact.
    fn of(row: &Row) -> Option<Self> {
        let log = row.get::<_, Option<Uuid>>(1)?;
        Some(Self {
            log: LogId(log),
            position: row.get::<_, i64>(2).cast_unsigned(),
            fact: row.get(3),
        })
    }

    /// Whether `log` really holds the fact that the read models stand at.
    pub(crate) async fn check(&self, events: &EventLog, log: LogId) -> Result<(), CheckpointError> {
        let foreign =
            CheckpointError::Foreign { position: self.position, found: self.log, expected: log };
        if self.log != log {
            return Err(foreign);
        }
        let from = Some(Position(self.position));
        match events.read_all(Filter::None, from, Direction::Forwards, 1).await {
            Ok(facts) if facts.first().is_some_and(|fact| fact.id == self.fact) => Ok(()),
            Ok(_) | Err(ReadError::Invalid(_)) => Err(foreign),
            Err(error) => Err(error.into()),
        }
    }
}

/// Forgets the live read models where they were made from another log than `events`, or from a later
/// state of it; whoever projects makes them anew. `false` when they fit, and stay.
///
/// # Errors
///
/// [`CheckpointError`].
pub async fn forget_foreign(
    database_url: &str,
    events: &EventLog,
    log: LogId,
) -> Result<bool, CheckpointError> {
    migrate(database_url).await?;
    let (mut client, _connection) = connected(database_url, Space::Live).await?;
    let asked = "SELECT epoch, log, position, fact FROM checkpoints WHERE name = $1";
    let row = bounded(client.query_opt(asked, &[&READ_MODELS])).await?;
    let Some(standing) = row.as_ref().and_then(Standing::of) else { return Ok(false) };
    match standing.check(events, log).await {
        Ok(()) => return Ok(false),
        Err(CheckpointError::Foreign { .. }) => {}
        Err(error) => return Err(error),
    }
    let tables: Vec<_> = TABLES.iter().map(|table| table.name).collect();
    let all = client.transaction().await?;
    // Whoever projects into them at the moment is fenced first.
    let forget = format!(
        "UPDATE checkpoints SET epoch = epoch + 1, log = NULL, position = NULL, fact = NULL,
             counted = 0, digest = ''::bytea;
         TRUNCATE {}",
        tables.join(", ")
    );
    all.batch_execute(&forget).await?;
    all.commit().await?;
    Ok(true)
}
