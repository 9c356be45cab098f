//! One connection that may write the read models, until somebody else takes over.
//!
//! **Invariant:** rows and checkpoint change in one transaction, whose first statement is guarded by
//! the epoch.

use futures::{FutureExt, future::join_all};
use postgres_types::ToSql;
use schema::LogId;
use tokio_postgres::{Client, Error, Statement, error::SqlState};
use tokio_util::task::AbortOnDropHandle;

use super::batch::{Batch, Step};
use crate::{
    CheckpointError, DatabaseError,
    checkpoint::{Lease, READ_MODELS, Standing, bounded},
    completeness::Tally,
    database::connect,
    models::Statements,
    progress::NOTIFY_PROGRESS,
};

/// Fails unless the epoch is still ours.
const ADVANCE: &str = "SELECT advance_checkpoint($1, $2, $3, $4, $5, $6, $7)";

/// What [`ADVANCE`] fails with.
const REPLACED: &str = "RG001";

/// A connection, its lease and its statements.
pub(crate) struct Writer {
    client: Client,
    lease: Lease,
    log: LogId,
    advance: Statement,
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
        let (client, connection) = connect(database_url).await?;
        let connection = AbortOnDropHandle::new(tokio::spawn(connection));
        let (lease, standing, tally) = Lease::take(&client).await?;
        let prepared = async {
            Ok::<_, Error>((
                client.prepare(ADVANCE).await?,
                client.prepare(NOTIFY_PROGRESS).await?,
                Statements::prepare(&client).await?,
            ))
        };
        let (advance, notify, statements) = bounded(prepared).await?;
        let writer =
            Self { client, lease, log, advance, notify, statements, _connection: connection };
        Ok((writer, standing, tally))
    }

    /// Writes `batch` and moves the checkpoint to its last fact. Everything is sent at once, and
    /// Postgres answers once: a batch costs one round trip.
    pub(super) async fn write(&self, batch: &Batch<'_>) -> Result<(), CheckpointError> {
        let Self { client, lease, log, advance, notify, statements, .. } = self;
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
        sent.push(client.execute(notify, &told).map(done).boxed());
        // After a failure, this is a ROLLBACK.
        sent.push(client.batch_execute("COMMIT").boxed());
        // A statement is sent when it is first asked about: in this order, before any answer.
        let answers = bounded(join_all(sent).map(Ok)).await?;
        // The first failure is the cause of those after it.
        match answers.into_iter().find_map(Result::err) {
            None => Ok(()),
            Some(error) if error.code().map(SqlState::code) == Some(REPLACED) => {
                Err(CheckpointError::Replaced)
            }
            Some(error) => Err(error.into()),
        }
    }

    /// Shows Postgres that this projector is there, and finds out whether Postgres is.
    pub(super) async fn renew(&self) -> Result<(), DatabaseError> {
        bounded(self.client.batch_execute("")).await
    }
}
