//! The relay: reads the log, rings the bell on NATS.
//!
//! **Invariant:** what it publishes depends on the log alone, `previous` included. Publishing a
//! fact twice, or by two relays at once, changes nothing for whoever goes by positions.

mod standing;

use std::sync::Arc;

use eventlog::{EventLog, Fact as Stored, Filter, Position, ReadError, Signal};
use futures::StreamExt;
use schema::{
    Cursor, Fact, HEARTBEAT_SUBJECT, Heartbeat, LogId, Notification,
    caps::{HEARTBEAT_EVERY, PROJECTION_BATCH_MAX},
    subject_of_message,
};
use tokio::{sync::watch, time::MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use self::standing::Standing;
use crate::{Chain, DatabaseError, Pool, backoff::Backoff};

/// Publishes a notification for each fact that subscribers wait for.
#[derive(Debug)]
pub struct Relay {
    /// Where facts come from.
    pub log: EventLog,
    /// That log's identity.
    pub log_id: LogId,
    /// Where its own place is kept.
    pub pool: Pool,
    /// Where notifications go.
    pub nats: async_nats::Client,
}

/// Why the relay had to start again.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// Its place could not be read or kept.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The log did not answer.
    #[error("log could not be read")]
    Log(#[from] ReadError),
    /// NATS did not take a notification.
    #[error("notification could not be published")]
    Publish(#[from] async_nats::PublishError),
    /// NATS did not take what was published.
    #[error("notifications could not be flushed")]
    Flush(#[from] async_nats::client::FlushError),
    /// A notification could not be written.
    #[error("notification could not be encoded")]
    Encoding(#[from] serde_json::Error),
}

impl Relay {
    /// Runs until `shutdown`, through any outage of the log, NATS or Postgres.
    pub async fn run(self: Arc<Self>, shutdown: CancellationToken) {
        let mut standing = None;
        let mut backoff = Backoff::new();
        let work = async {
            loop {
                if let Err(error) = self.follow(&mut standing).await {
                    warn!(error = %Chain(&error), "relay starts again");
                }
                backoff.pause().await;
            }
        };
        shutdown.run_until_cancelled(work).await;
    }

    /// Makes sure that the relay has a place to start from: where the log ends when there is none,
    /// for nobody can have missed a bell that was never rung. To be called before the first client
    /// is let in.
    ///
    /// # Errors
    ///
    /// [`RelayError`].
    pub async fn settle(&self) -> Result<(), RelayError> {
        self.settled().await.map(|_| ())
    }

    async fn settled(&self) -> Result<Standing, RelayError> {
        if let Some(standing) = Standing::read(&self.pool, self.log_id).await? {
            return Ok(standing);
        }
        let head = self.log.head().await?.map_or(0, |head| head.0);
        let standing = Standing { position: head, notification: None };
        standing.keep(&self.pool, self.log_id).await?;
        Ok(standing)
    }

    /// Follows the log until something fails. Where it stands survives in `known`: without
    /// Postgres the bell rings on, and its place is kept as soon as it can be.
    async fn follow(&self, known: &mut Option<Standing>) -> Result<(), RelayError> {
        let standing = match known {
            Some(standing) => standing,
            None => known.insert(self.settled().await?),
        };
        let (place, places) = watch::channel(*standing);
        tokio::select! {
            ended = self.ring(standing, &place) => ended,
            () = self.keep(places) => Ok(()),
        }
    }

    /// Publishes what comes after `standing`, and tells each new `place`.
    async fn ring(
        &self,
        standing: &mut Standing,
        place: &watch::Sender<Standing>,
    ) -> Result<(), RelayError> {
        let from = (standing.position > 0).then_some(Position(standing.position));
        let signals = self.log.subscribe_all(Filter::ExcludeSystem, from);
        let mut batches = signals.ready_chunks(PROJECTION_BATCH_MAX);
        let mut heartbeat = tokio::time::interval(HEARTBEAT_EVERY);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let batch = tokio::select! {
                batch = batches.next() => batch,
                _ = heartbeat.tick() => {
                    self.beat(*standing).await?;
                    continue;
                }
            };
            let Some(batch) = batch else { return Ok(()) };
            let before = standing.notification;
            for signal in batch {
                match signal {
                    Signal::Fact(fact) => self.publish(&fact, standing).await?,
                    Signal::Checkpoint(_) | Signal::CaughtUp => {}
                    Signal::Lost(reason) => warn!(reason, "relay lost the log"),
                }
            }
            if standing.notification != before {
                self.nats.flush().await?;
                place.send_replace(*standing);
            }
        }
    }

    /// Keeps the newest place, beside the ringing and never in its way.
    async fn keep(&self, mut places: watch::Receiver<Standing>) {
        let mut backoff = Backoff::new();
        while places.changed().await.is_ok() {
            loop {
                let place = *places.borrow_and_update();
                match place.keep(&self.pool, self.log_id).await {
                    Ok(()) => break,
                    Err(error) => warn!(error = %Chain(&error), "relay's place is not kept"),
                }
                backoff.pause().await;
            }
        }
    }

    async fn publish(&self, fact: &Stored, standing: &mut Standing) -> Result<(), RelayError> {
        if let Ok(Fact::MessageSent(sent)) = Fact::read(&fact.kind, &fact.data) {
            let receiver = sent.receiver;
            let here = self.cursor(fact.position.0);
            let previous = standing.notification.map(|position| self.cursor(position));
            let bell = Notification::of_message(sent, fact.id, &fact.stream, here, previous);
            let payload = serde_json::to_vec(&bell)?;
            self.nats.publish(subject_of_message(receiver), payload.into()).await?;
            standing.notification = Some(fact.position.0);
        }
        standing.position = fact.position.0;
        Ok(())
    }

    async fn beat(&self, standing: Standing) -> Result<(), RelayError> {
        let last = standing.notification.map(|position| self.cursor(position));
        let payload = serde_json::to_vec(&Heartbeat { last })?;
        self.nats.publish(HEARTBEAT_SUBJECT, payload.into()).await?;
        Ok(())
    }

    fn cursor(&self, position: u64) -> Cursor {
        Cursor { log: self.log_id, position }
    }
}
