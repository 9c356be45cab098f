//! How far the read models have come, as every instance hears it from Postgres.

use std::{future::poll_fn, sync::Arc};

use schema::caps::PROJECTION_WAIT;
use tokio::sync::watch;
use tokio_postgres::AsyncMessage;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tracing::warn;

use crate::{Chain, DatabaseError, backoff::Backoff, checkpoint::READ_MODELS, database::connect};

/// Told by the projector, inside each batch's transaction.
pub(crate) const NOTIFY_PROGRESS: &str = "SELECT pg_notify('registre_progress', $1)";

/// Lets an answer wait until the read models have reached what it wrote. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The last position heard of; `None` while nobody is listening.
    heard: watch::Receiver<Option<u64>>,
    _listener: Arc<AbortOnDropHandle<()>>,
}

impl Progress {
    /// Listens from now on, through any outage of Postgres, until `shutdown`.
    #[must_use]
    pub fn listen(database_url: String, shutdown: CancellationToken) -> Self {
        let (tell, heard) = watch::channel(None);
        let listener = tokio::spawn(async move {
            let mut backoff = Backoff::new();
            let listening = async {
                loop {
                    if let Err(error) = follow(&database_url, &tell).await {
                        warn!(error = %Chain(&error), "progress of the projections is unheard");
                    }
                    tell.send_replace(None);
                    backoff.pause().await;
                }
            };
            shutdown.run_until_cancelled(listening).await;
        });
        Self { heard, _listener: Arc::new(AbortOnDropHandle::new(listener)) }
    }

    /// Waits until the read models have reached `position`, for [`PROJECTION_WAIT`] at most and not
    /// at all while nobody is listening. `false` when they have not.
    pub async fn reached(&self, position: u64) -> bool {
        let mut heard = self.heard.clone();
        let reached = heard.wait_for(|heard| heard.is_none_or(|heard| heard >= position));
        match tokio::time::timeout(PROJECTION_WAIT, reached).await {
            Ok(Ok(heard)) => heard.is_some(),
            Ok(Err(_)) | Err(_) => false,
        }
    }

    /// The last position heard of; `None` while Postgres is not listened to.
    #[must_use]
    pub fn heard(&self) -> Option<u64> {
        *self.heard.borrow()
    }
}

async fn follow(
    database_url: &str,
    tell: &watch::Sender<Option<u64>>,
) -> Result<(), DatabaseError> {
    let (client, mut connection) = connect(database_url).await?;
    let advance = |position: u64| {
        tell.send_modify(|heard| {
            *heard = Some(heard.map_or(position, |heard| heard.max(position)));
        });
    };
    let start = async {
        client.batch_execute("LISTEN registre_progress").await?;
        let sql = "SELECT coalesce(max(position), 0) FROM checkpoints WHERE name = $1";
        let row = client.query_one(sql, &[&READ_MODELS]).await?;
        advance(row.get::<_, i64>(0).cast_unsigned());
        // The connection ends with its client, so the client is kept.
        std::future::pending::<Result<(), tokio_postgres::Error>>().await
    };
    let hear = async {
        while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notification(told) = message?
                && let Ok(position) = told.payload().parse()
            {
                advance(position);
            }
        }
        Ok::<(), tokio_postgres::Error>(())
    };
    tokio::select! {
        failed = start => failed?,
        ended = hear => ended?,
    }
    Ok(())
}
