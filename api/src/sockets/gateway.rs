//! From the bell to the sockets.
//!
//! While the bell can be trusted, the gateway goes by it: a notification is delivered when it
//! follows the last one that was. Where one is missing (a hole in the positions, silence, a
//! heartbeat that names more than was heard), it follows the log from where it was, until the bell
//! has caught up. So a second, a frozen or a restarted relay changes nothing, nor does one that
//! beats and has lost the log: meanwhile the gateway looks into the log itself.

use std::collections::HashMap;

use eventlog::{Position, ReadError, Signal};
use futures::{FutureExt, StreamExt, stream::BoxStream};
use projections::{Chain, Panicked, or_panicked};
use schema::{
    Heartbeat, Notification,
    caps::{BACKLOG_ROUND, BELLS_MAX, HEARTBEAT_MISSED},
};
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};
use vault::VaultError;

use super::{
    audience::Audience,
    backlog::Frame,
    bells::{Bell, Bells},
    framer::Framer,
    lookout::Lookout,
};
use crate::Hub;

/// Brings notifications to the sockets of this process.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// The bell.
    pub nats: async_nats::Client,
    /// The sockets.
    pub hub: Hub,
}

/// Why the gateway had to start again.
#[derive(Debug, thiserror::Error)]
enum GatewayError {
    #[error("notification could not be opened")]
    Vault(#[from] VaultError),
    #[error("the log ended the subscription")]
    Ended,
    #[error(transparent)]
    Panicked(#[from] Panicked),
}

/// What stands between the log and the sockets.
struct Delivery<'a> {
    hub: &'a Hub,
    /// Everything up to here has been delivered.
    last: Option<Position>,
    /// Frames that are to be sent together.
    frames: HashMap<Audience, Vec<Frame>>,
}

impl Gateway {
    /// Where the log stands. What comes after it is delivered; taken before the first socket opens,
    /// so that no socket misses anything.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub async fn start(&self) -> Result<Option<Position>, ReadError> {
        self.hub.log.head().await
    }

    /// Delivers everything after `last` until `shutdown`, through any outage of NATS or the log.
    pub async fn run(self, last: Option<Position>, shutdown: CancellationToken) {
        let mut delivery = Delivery { hub: &self.hub, last, frames: HashMap::new() };
        let mut bells = Bells::new(self.nats.clone());
        let work = async {
            loop {
                if let Err(error) = or_panicked(self.follow(&mut delivery, &mut bells)).await {
                    warn!(error = %Chain(&error), "gateway starts again");
                    delivery.send();
                    tokio::time::sleep(HEARTBEAT_MISSED).await;
                }
            }
        };
        let rounds = async {
            let mut rounds = interval(BACKLOG_ROUND);
            rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                rounds.tick().await;
                self.hub.make_round();
            }
        };
        let both = Box::pin(async { tokio::join!(work, rounds) });
        shutdown.run_until_cancelled(both).await;
    }

    /// First by the log, then by the bell, until the bell cannot be trusted any more.
    async fn follow(
        &self,
        delivery: &mut Delivery<'_>,
        bells: &mut Bells,
    ) -> Result<(), GatewayError> {
        let mut signals = self.hub.log.subscribe_all(Framer::filter(), delivery.last);
        loop {
            tokio::select! {
                signal = signals.next() => {
                    let signal = signal.ok_or(GatewayError::Ended)?;
                    delivery.take_all(signal, &mut signals).await?;
                }
                rung = bells.next() => {
                    if delivery.hear(rung).await?.is_continuous() {
                        break;
                    }
                }
            }
        }
        drop(signals);
        debug!("sockets go by the bell");
        let (tell, told) = watch::channel(delivery.last);
        let ringing = async {
            while delivery.hear(bells.next().await).await?.is_unbroken() {
                tell.send_replace(delivery.last);
            }
            Ok::<(), GatewayError>(())
        };
        // What is heard when the lookout is faster stays in the delivery, or is read from the log.
        tokio::select! {
            broken = ringing => broken?,
            () = Box::pin(Lookout::new(self.hub.log.clone(), told).missed()) => {}
        }
        debug!("sockets go by the log");
        Ok(())
    }
}

/// What bells say about themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ring {
    /// They go on where the delivery stands.
    Continuous,
    /// They say nothing new.
    Nothing,
    /// Something is missing.
    Broken,
}

impl Ring {
    fn is_continuous(self) -> bool {
        match self {
            Self::Continuous => true,
            Self::Nothing | Self::Broken => false,
        }
    }

    fn is_unbroken(self) -> bool {
        match self {
            Self::Continuous | Self::Nothing => true,
            Self::Broken => false,
        }
    }
}

impl Delivery<'_> {
    /// Takes `first` and whatever else the log has brought by now.
    async fn take_all(
        &mut self,
        first: Signal,
        signals: &mut BoxStream<'static, Signal>,
    ) -> Result<(), GatewayError> {
        let mut next = Some(first);
        let mut taken = 0;
        while let Some(signal) = next {
            match signal {
                Signal::Fact(fact) => {
                    if let Some(bell) = self.hub.framer.news(&fact) {
                        self.frame(bell).await?;
                    }
                    self.last = Some(fact.position);
                }
                Signal::Checkpoint(position) => self.last = Some(position),
                Signal::CaughtUp => {}
                Signal::Lost(reason) => warn!(reason, "gateway lost the log"),
            }
            taken += 1;
            let more = taken < BELLS_MAX;
            next = if more { signals.next().now_or_never().flatten() } else { None };
        }
        self.send();
        Ok(())
    }

    /// Delivers what follows.
    async fn hear(&mut self, bells: Vec<Bell>) -> Result<Ring, GatewayError> {
        let mut ring = Ring::Nothing;
        for bell in bells {
            ring = match bell {
                Bell::News(bell) => self.hear_news(*bell, ring).await?,
                Bell::Heartbeat(beat) => self.hear_beat(beat),
                Bell::Silence => Ring::Broken,
            };
            if ring == Ring::Broken {
                break;
            }
        }
        self.send();
        Ok(ring)
    }

    async fn hear_news(&mut self, bell: Notification, ring: Ring) -> Result<Ring, GatewayError> {
        let here = Position(bell.cursor.position);
        if bell.cursor.log != self.hub.framer.log_id() || self.last.is_some_and(|last| here <= last)
        {
            return Ok(ring);
        }
        let previous = bell.previous.map(|previous| Position(previous.position));
        if previous.is_none() || previous > self.last {
            return Ok(Ring::Broken);
        }
        self.frame(bell).await?;
        self.last = Some(here);
        Ok(Ring::Continuous)
    }

    fn hear_beat(&self, beat: Heartbeat) -> Ring {
        if beat.head.log != self.hub.framer.log_id() {
            return Ring::Nothing;
        }
        let told = beat.last.map(|told| Position(told.position));
        if told > self.last { Ring::Broken } else { Ring::Continuous }
    }

    /// Writes what `bell` says for whoever listens.
    async fn frame(&mut self, bell: Notification) -> Result<(), VaultError> {
        let followers = self.hub.followers(&bell.news);
        if !followers.is_empty() {
            let frame = self.hub.framer.event(bell.clone()).await?;
            for audience in followers {
                self.frames.entry(audience).or_default().push(frame.clone());
            }
        }
        let audience = Audience::of(&bell.news);
        if self.hub.listens(audience) {
            let frame = self.hub.framer.frame(bell).await?;
            self.frames.entry(audience).or_default().push(frame);
        }
        Ok(())
    }

    fn send(&mut self) {
        for (audience, frames) in self.frames.drain() {
            self.hub.send(audience, frames);
        }
        self.hub.delivered(self.last);
    }
}
