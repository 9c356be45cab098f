//! One connection that may write the read models, until somebody else takes over.
//!
//! **Invariant:** rows and checkpoint change in one transaction, whose first statement is guarded by
//! the epoch.

use futures::{
    FutureExt,
    future::{BoxFuture, join_all},
};
use postgres_types::ToSql;
use schema::LogId;
use tokio_postgres::{Client, Error, Row, Statement, error::SqlState};
use tokio_util::task::AbortOnDropHandle;

use super::batch::{Batch, Step};
use crate::{
    CheckpointError, DatabaseError,
    checkpoint::{Lease, READ_MODELS, Standing, bounded},
    completeness::Tally,
    database::connected,
    models::{Rows, Statements},
    progress::NOTIFY_PROGRESS,
    space::Space,
};

/// Fails unless the epoch is still ours.
const ADVANCE: &str = "SELECT advance_checkpoint($1, $2, $3, $4, $5, $6, $7)";

/// Fails unless the epoch is still ours, and moves nothing.
const HOLD: &str = "SELECT hold_checkpoint($1, $2)";

/// What [`ADVANCE`] and [`HOLD`] fail with.
const REPLACED: &str = "RG001";

/// A connection, its lease and its statements.
pub(crate) struct Writer {
    client: Client,
    space: Space,
    lease: Lease,
    log: LogId,
    advance: Statement,
    hold: Statement,
    notify: Statement,
    statements: Statements,
    _connection: AbortOnDropHandle<Result<(), Error>>,
}

impl Writer {
    /// Waits for its turn. Tells where the read models stand, and the tally of what
    /// they were made from.
    pub(crate) async fn take_over(
        database_url: &str,
        log: LogId,
    ) -> Result<(Self, Option<Standing>, Tally), DatabaseError> {
        Self::take_over_in(database_url, log, Space::Live).await
    }

    /// The same for the read models of `space`.
    pub(crate) async fn take_over_in(
        database_url: &str,
        log: LogId,
        space: Space,
    ) -> Result<(Self, Option<Standing>, Tally), DatabaseError> {
        let (client, connection) = connected(database_url, space).await?;
        let (lease, standing, tally) = Lease::take(&client, space).await?;
        let prepared = async {
            Ok::<_, Error>((
                client.prepare(ADVANCE).await?,
                client.prepare(HOLD).await?,
                client.prepare(NOTIFY_PROGRESS).await?,
                Statements::prepare(&client).await?,
            ))
        };
        let (advance, hold, notify, statements) = bounded(prepared).await?;
        let writer = Self {
            client,
            space,
            lease,
            log,
            advance,
            hold,
            notify,
            statements,
            _connection: connection,
        };
        Ok((writer, standing, tally))
    }

    /// Writes `batch` and moves the checkpoint to its last fact. Everything is sent at once, and
    /// Postgres answers once: a batch costs one round trip.
    pub(super) async fn write(&self, batch: &Batch<'_>) -> Result<(), CheckpointError> {
        let Self { client, space, lease, log, advance, notify, statements, .. } = self;
        let Step { stored, tally, .. } = batch.last;
        let (position, counted) = (stored.position.0.cast_signed(), tally.counted.cast_signed());
        let told: [&(dyn ToSql + Sync); 1] = [&position.to_string()];
        let done = |written: Result<u64, Error>| written.map(|_| ());
        let parameters: [&(dyn ToSql + Sync); 7] =
            [&READ_MODELS, &lease.epoch, &log.0, &position, &stored.id, &counted, &tally.digest];
        let writes = batch.rows.writes(statements);
        let mut sent = vec![
            client.batch_execute("BEGIN").boxed(),
            client.execute(advance, &parameters).map(done).boxed(),
        ];
        for write in &writes {
            sent.push(client.execute(write.statement, &write.values).map(done).boxed());
        }
        // Nobody waits for read models that nobody reads.
        if *space == Space::Live {
            sent.push(client.execute(notify, &told).map(done).boxed());
        }
        // After a failure, this is a ROLLBACK.
        sent.push(client.batch_execute("COMMIT").boxed());
        all_of(sent).await
    }

    /// Writes `rows`, and leaves the checkpoint where it is.
    pub(super) async fn amend(&self, rows: &Rows) -> Result<(), CheckpointError> {
        let Self { client, lease, hold, statements, .. } = self;
        let done = |written: Result<u64, Error>| written.map(|_| ());
        let parameters: [&(dyn ToSql + Sync); 2] = [&READ_MODELS, &lease.epoch];
        let writes = rows.writes(statements);
        let mut sent = vec![
            client.batch_execute("BEGIN").boxed(),
            client.execute(hold, &parameters).map(done).boxed(),
        ];
        for write in &writes {
            sent.push(client.execute(write.statement, &write.values).map(done).boxed());
        }
        sent.push(client.batch_execute("COMMIT").boxed());
        all_of(sent).await
    }

    /// The rows that `sql` gives.
    pub(super) async fn ask(
        &self,
        sql: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, DatabaseError> {
        bounded(self.client.query(sql, values)).await
    }

    /// Shows Postgres that this projector is there, and finds out whether Postgres is.
    pub(crate) async fn renew(&self) -> Result<(), DatabaseError> {
        bounded(self.client.batch_execute("")).await
    }
}

/// Whether all that was `sent` is done; else the first failure, which is the cause of those after it.
async fn all_of(sent: Vec<BoxFuture<'_, Result<(), Error>>>) -> Result<(), CheckpointError> {
    // A statement is sent when it is first asked about: in this order, before any answer.
    let answers = bounded(join_all(sent).map(Ok)).await?;
    match answers.into_iter().find_map(Result::err) {
        None => Ok(()),
        Some(error) if error.code().map(SqlState::code) == Some(REPLACED) => {
            Err(CheckpointError::Replaced)
        }
        Some(error) => Err(error.into()),
    }
}
