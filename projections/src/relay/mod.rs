//! The relay: reads the log, rings the bell on NATS.
//!
//! **Invariant:** what it publishes depends on the log alone, `previous` included. Publishing a
//! fact twice, or by two relays at once, changes nothing for whoever goes by positions.

mod standing;

use eventlog::{EventLog, Fact as Stored, Filter, Position, ReadError, Signal};
use futures::StreamExt;
use schema::{
    Cursor, Fact, HEARTBEAT_SUBJECT, Heartbeat, LogId, NEW_MESSAGE, NewMessage, Notification,
    caps::{HEARTBEAT_EVERY, PROJECTION_BATCH_MAX},
    subject_of_message,
};
use tokio::time::MissedTickBehavior;
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

/// The notification of a message that was sent: what the relay publishes, and what a gateway makes
/// itself when it reads the log. `None` for any other fact.
#[must_use]
pub fn notification_of_message(
    stored: &Stored,
    log: LogId,
    previous: Option<u64>,
) -> Option<Notification<NewMessage>> {
    let Ok(Fact::MessageSent(sent)) = Fact::read(&stored.kind, &stored.data) else { return None };
    Some(Notification {
        specversion: "1.0".to_owned(),
        id: stored.id,
        source: format!("urn:registre:log:{log}"),
        kind: NEW_MESSAGE.to_owned(),
        subject: stored.stream.clone(),
        time: sent.at,
        datacontenttype: "application/json".to_owned(),
        cursor: Cursor { log, position: stored.position.0 },
        previous: previous.map(|position| Cursor { log, position }),
        data: NewMessage {
            message_id: sent.message,
            sender_id: sent.sender,
            receiver_id: sent.receiver,
            personal: sent.personal,
        },
    })
}

impl Relay {
    /// Runs until `shutdown`, through any outage of the log, NATS or Postgres.
    pub async fn run(self, shutdown: CancellationToken) {
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
    /// Postgres the bell rings on, and its place is kept with the next notification after.
    async fn follow(&self, known: &mut Option<Standing>) -> Result<(), RelayError> {
        let standing = match known {
            Some(standing) => standing,
            None => known.insert(self.settled().await?),
        };
        let from = (standing.position > 0).then_some(Position(standing.position));
        let signals = self.log.subscribe_all(Filter::None, from);
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
                    Signal::Checkpoint(position) => standing.position = position.0,
                    Signal::CaughtUp => {}
                    Signal::Lost(reason) => warn!(reason, "relay lost the log"),
                }
            }
            if standing.notification != before {
                self.nats.flush().await?;
                if let Err(error) = standing.keep(&self.pool, self.log_id).await {
                    warn!(error = %Chain(&error), "relay's place is not kept");
                }
            }
        }
    }

    async fn publish(&self, fact: &Stored, standing: &mut Standing) -> Result<(), RelayError> {
        if let Some(bell) = notification_of_message(fact, self.log_id, standing.notification) {
            let payload = serde_json::to_vec(&bell)?;
            let subject = subject_of_message(bell.data.receiver_id);
            self.nats.publish(subject, payload.into()).await?;
            standing.notification = Some(fact.position.0);
        }
        standing.position = fact.position.0;
        Ok(())
    }

    async fn beat(&self, standing: Standing) -> Result<(), RelayError> {
        let last = standing.notification.map(|position| Cursor { log: self.log_id, position });
        let payload = serde_json::to_vec(&Heartbeat { last })?;
        self.nats.publish(HEARTBEAT_SUBJECT, payload.into()).await?;
        Ok(())
    }
}
