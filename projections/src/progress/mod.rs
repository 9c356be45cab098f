//! How far the read models have come, as every instance hears it from Postgres.

mod waiters;

use std::{future::poll_fn, sync::Arc};

use schema::caps::{LISTEN_HEARTBEAT, PROJECTION_WAIT};
use tokio::time::{sleep, timeout};
use tokio_postgres::{AsyncMessage, error::SqlState};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tracing::warn;

use self::waiters::Waiters;
use crate::{Chain, DatabaseError, backoff::Backoff, checkpoint::READ_MODELS, database::connect};

/// Told by the projector, inside each batch's transaction.
pub(crate) const NOTIFY_PROGRESS: &str = "SELECT pg_notify('registre_progress', $1)";

/// Lets an answer wait until the read models have reached what it wrote. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Progress {
    waiters: Arc<Waiters>,
    _listener: Arc<AbortOnDropHandle<()>>,
}

impl Progress {
    /// Listens from now on, through any outage of Postgres, until `shutdown`.
    #[must_use]
    pub fn listen(database_url: String, shutdown: CancellationToken) -> Self {
        let waiters = Arc::<Waiters>::default();
        let tell = Arc::clone(&waiters);
        let listener = tokio::spawn(async move {
            let mut backoff = Backoff::new();
            let listening = async {
                loop {
                    if let Err(error) = follow(&database_url, &tell).await {
                        warn!(error = %Chain(&error), "progress of the projections is unheard");
                    }
                    tell.silence();
                    backoff.pause().await;
                }
            };
            shutdown.run_until_cancelled(listening).await;
        });
        Self { waiters, _listener: Arc::new(AbortOnDropHandle::new(listener)) }
    }

    /// Waits until the read models have reached `position`, for [`PROJECTION_WAIT`] at most and not
    /// at all while nobody is listening. `false` when they have not.
    pub async fn reached(&self, position: u64) -> bool {
        timeout(PROJECTION_WAIT, self.waiters.wait(position)).await.unwrap_or(false)
    }

    /// The last position heard of; `None` while Postgres is not listened to.
    #[must_use]
    pub fn heard(&self) -> Option<u64> {
        self.waiters.heard()
    }
}

async fn follow(database_url: &str, tell: &Waiters) -> Result<(), DatabaseError> {
    let (client, mut connection) = connect(database_url).await?;
    let start = async {
        let begin = async {
            client.batch_execute("LISTEN registre_progress").await?;
            let sql = "SELECT coalesce(max(position), 0) FROM checkpoints WHERE name = $1";
            match client.query_one(sql, &[&READ_MODELS]).await {
                Ok(row) => Ok(row.get::<_, i64>(0).cast_unsigned()),
                // Whoever projects first makes the tables: until then nothing has been projected.
                Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => Ok(0),
                Err(error) => Err(error),
            }
        };
        let reached = timeout(LISTEN_HEARTBEAT, begin).await.map_err(|_| DatabaseError::Late)??;
        tell.advance(reached);
        loop {
            sleep(LISTEN_HEARTBEAT).await;
            // A peer that is frozen says nothing, and keeps the connection up.
            let alive = timeout(LISTEN_HEARTBEAT, client.batch_execute("")).await;
            alive.map_err(|_| DatabaseError::Late)??;
        }
    };
    let hear = async {
        while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notification(told) = message?
                && let Ok(position) = told.payload().parse()
            {
                tell.advance(position);
            }
        }
        Ok::<(), tokio_postgres::Error>(())
    };
    tokio::select! {
        failed = start => failed,
        ended = hear => Ok(ended?),
    }
}
