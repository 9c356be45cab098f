//! The relay: reads the log, rings the bell on NATS.
//!
//! **Invariant:** what it publishes depends on the log alone, `previous` included. Publishing a
//! fact twice, or by two relays at once, changes nothing for whoever goes by positions.

mod standing;

use std::sync::Arc;

use async_nats::connection::State;
use eventlog::{EventLog, Fact as Stored, Filter, ReadError, Signal};
use futures::StreamExt;
use schema::{
    Cursor, Fact, HEARTBEAT_SUBJECT, Heartbeat, LogId, Notification, TOLD,
    caps::{HEARTBEAT_EVERY, PROJECTION_BATCH_MAX, RELAY_PLACE_EVERY, RELAY_RENEWAL},
};
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use self::standing::{Standing, Turn};
use crate::{Chain, DatabaseError, Panicked, Pool, backoff::Backoff, or_panicked};

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
    /// Up to where everything was published; none while it is not this relay's turn.
    pub place: watch::Sender<Option<u64>>,
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
    /// Another relay rings now.
    #[error("another relay has taken over")]
    Replaced,
    /// The log does not know the place where it was asked to go on.
    #[error("the log ended the subscription")]
    Ended,
    /// A mistake of ours.
    #[error(transparent)]
    Panicked(#[from] Panicked),
}

impl Relay {
    /// Runs until `shutdown`, through any outage of the log, NATS or Postgres; rings while it is
    /// its turn.
    pub async fn run(self: Arc<Self>, shutdown: CancellationToken) {
        let mut held = None;
        let mut backoff = Backoff::new();
        let work = async {
            loop {
                if let Err(error) = or_panicked(self.follow(&mut held)).await {
                    warn!(error = %Chain(&error), "relay starts again");
                }
                backoff.pause().await;
            }
        };
        shutdown.run_until_cancelled(work).await;
        if let Some((turn, standing)) = held
            && let Err(error) = turn.give_up(&self.pool, standing).await
        {
            warn!(error = %Chain(&error), "relay's place is not kept");
        }
    }

    /// Makes sure that the relay has a place to start from: where the log ends when there is none,
    /// for nobody can have missed a bell that was never rung.
    ///
    /// # Errors
    ///
    /// [`RelayError`].
    pub async fn settle(&self) -> Result<(), RelayError> {
        let head = self.log.head().await?.map_or(0, |head| head.0);
        Ok(Standing::settle(&self.pool, self.log_id, head).await?)
    }

    async fn wait_for_turn(&self) -> Result<(Turn, Standing), RelayError> {
        self.settle().await?;
        loop {
            if let Some(taken) = Turn::take(&self.pool, self.log_id).await? {
                info!(position = taken.1.position, "relay follows the log");
                return Ok(taken);
            }
            sleep(RELAY_PLACE_EVERY).await;
        }
    }

    /// Follows the log until something fails. Turn and place survive in `held`: without Postgres
    /// the bell rings on, and its place is kept as soon as it can be.
    async fn follow(&self, held: &mut Option<(Turn, Standing)>) -> Result<(), RelayError> {
        let (turn, standing) = match held {
            Some(held) => held,
            None => held.insert(self.wait_for_turn().await?),
        };
        self.place.send_replace(Some(standing.position));
        let (place, places) = watch::channel(*standing);
        let ended = tokio::select! {
            ended = self.ring(standing, &place) => ended,
            replaced = self.keep(*turn, places) => Err(replaced),
        };
        if let Err(RelayError::Replaced) = ended {
            *held = None;
            self.place.send_replace(None);
        }
        ended
    }

    /// Publishes what comes after `standing`, and tells each new `place`.
    async fn ring(
        &self,
        standing: &mut Standing,
        place: &watch::Sender<Standing>,
    ) -> Result<(), RelayError> {
        let told = Filter::KindPrefixes(TOLD.iter().map(|&kind| kind.to_owned()).collect());
        let signals = self.log.subscribe_all(told, standing.from());
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
            let Some(batch) = batch else {
                // The log need not take a place between facts. That of a fact it has to.
                standing.position = standing.notification.unwrap_or(0);
                return Err(RelayError::Ended);
            };
            let before = *standing;
            for signal in batch {
                match signal {
                    Signal::Fact(fact) => self.publish(&fact, standing).await?,
                    Signal::Checkpoint(position) => standing.position = position.0,
                    Signal::CaughtUp => {}
                    Signal::Lost(reason) => warn!(reason, "relay lost the log"),
                }
            }
            if standing.notification != before.notification {
                self.nats.flush().await?;
            }
            if *standing != before {
                place.send_replace(*standing);
                self.place.send_replace(Some(standing.position));
            }
        }
    }

    /// Keeps the newest place and the turn, beside the ringing and never in its way, until somebody
    /// else has taken over.
    async fn keep(&self, turn: Turn, mut places: watch::Receiver<Standing>) -> RelayError {
        let mut failing = false;
        loop {
            let place = *places.borrow_and_update();
            match turn.keep(&self.pool, place).await {
                Ok(true) => failing = false,
                Ok(false) => return RelayError::Replaced,
                Err(_) if failing => {}
                Err(error) => {
                    failing = true;
                    warn!(error = %Chain(&error), "relay's place is not kept");
                }
            }
            sleep(RELAY_PLACE_EVERY).await;
            // Whether there is a new place or not, the turn has to be renewed.
            let _changed = timeout(RELAY_RENEWAL, places.changed()).await;
        }
    }

    async fn publish(&self, fact: &Stored, standing: &mut Standing) -> Result<(), RelayError> {
        let position = fact.position.0;
        if let Ok(read) = Fact::read(&fact.kind, &fact.data) {
            let previous = standing.notification.map(|position| self.cursor(position));
            let here = self.cursor(position);
            if let Some(bell) = Notification::of(read, fact.id, &fact.stream, here, previous) {
                let payload = serde_json::to_vec(&bell)?;
                self.nats.publish(bell.news.subject(), payload.into()).await?;
                standing.notification = Some(position);
            }
        }
        standing.position = position;
        Ok(())
    }

    /// Nothing is kept for a NATS that is not there: what it missed, the next one says.
    async fn beat(&self, standing: Standing) -> Result<(), RelayError> {
        if self.nats.connection_state() == State::Connected {
            let last = standing.notification.map(|position| self.cursor(position));
            let beat = Heartbeat { last, head: self.cursor(standing.position) };
            self.nats.publish(HEARTBEAT_SUBJECT, serde_json::to_vec(&beat)?.into()).await?;
        }
        Ok(())
    }

    fn cursor(&self, position: u64) -> Cursor {
        Cursor { log: self.log_id, position }
    }
}
