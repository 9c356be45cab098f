//! Which sockets are open, and for whom.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use eventlog::{EventLog, Position, ReadError};
use schema::{
    LogId, News,
    caps::{
        LOG_READERS_MAX, PING_EVERY, PONG_WAIT, SOCKET_GOODBYE_WAIT, SOCKET_PROGRESS_WAIT,
        STREAM_HEARTBEAT_EVERY,
    },
};
use tokio::{
    sync::Semaphore,
    task::yield_now,
    time::{Instant, sleep_until},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use vault::Vault;

use crate::health::Behind;

use super::{
    audience::{Audience, Claims},
    backlog::Frame,
    channel::{Channel, Place, Waking},
    framer::Framer,
    seat::Seat,
};

/// The open sockets of this process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Hub {
    audiences: Arc<Mutex<HashMap<Audience, Channel>>>,
    /// Everything up to here has been sent to whom it is for; 0 before the first.
    delivered: Arc<AtomicU64>,
    pub(super) log: EventLog,
    pub(super) framer: Framer,
    /// Sockets that read the log because they are behind take turns.
    pub(super) readers: Arc<Semaphore>,
    pub(super) open: TaskTracker,
    pub(super) stopping: CancellationToken,
    pub(crate) limits: Limits,
}

/// How long a socket waits for its client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// For one frame to be accepted.
    pub(crate) progress: Duration,
    /// For a word, before it is asked whether it is there.
    pub(crate) silence: Duration,
    /// For the answer.
    pub(crate) answer: Duration,
    /// For the client to hear why it is closed.
    pub(crate) goodbye: Duration,
    /// Until a follower of the native stream is told again how far it is.
    pub(crate) heartbeat: Duration,
}

impl Hub {
    /// No sockets yet; they hear what comes into `log` from now on, and all of them close once
    /// `stopping`.
    #[must_use]
    pub fn new(log: EventLog, log_id: LogId, vault: Vault, stopping: CancellationToken) -> Self {
        Self {
            audiences: Arc::default(),
            delivered: Arc::default(),
            framer: Framer::new(log.clone(), vault, log_id),
            log,
            readers: Arc::new(Semaphore::new(LOG_READERS_MAX)),
            open: TaskTracker::new(),
            stopping,
            limits: Limits {
                progress: SOCKET_PROGRESS_WAIT,
                silence: PING_EVERY,
                answer: PONG_WAIT,
                heartbeat: STREAM_HEARTBEAT_EVERY,
                goodbye: SOCKET_GOODBYE_WAIT,
            },
        }
    }

    /// The log that sockets hear of.
    pub(crate) fn log(&self) -> &EventLog {
        &self.log
    }

    /// Whether anybody would see a frame for `audience`.
    pub(super) fn listens(&self, audience: Audience) -> bool {
        self.channels().contains_key(&audience)
    }

    /// A seat for one more socket of `audience`: frames of what is appended from now on arrive
    /// there.
    pub(crate) async fn join(&self, audience: Audience) -> Result<Seat, ReadError> {
        // First the seat, then the place: what is appended in between is in the queue already.
        let mut seat = Seat::new(self, audience, self.enter(audience));
        seat.skip(self.log.head().await?);
        Ok(seat)
    }

    /// A seat for one more socket of `audience`, from just after `since`: what stands in the log by
    /// now is read there, what comes later arrives. Tells where the log ends now, too.
    pub(crate) async fn resume(
        &self,
        audience: Audience,
        since: Option<Position>,
    ) -> Result<(Seat, Option<Position>), ReadError> {
        let mut seat = Seat::new(self, audience, self.enter(audience));
        let head = self.log.head().await?;
        seat.read_log_up_to(head);
        // Without a place to begin at, it begins with what comes now.
        seat.skip(since.or(head));
        Ok((seat, head))
    }

    /// The followers of the native stream that `news` is for.
    pub(super) fn followers(&self, news: &News) -> Vec<Audience> {
        let follows = |audience: &Audience| match audience {
            Audience::Stream(claims) => claims.allow(news),
            Audience::Everyone | Audience::Person(_) => false,
        };
        // Of one person's there is one at the most, which need not be looked for.
        let person = match Audience::of(news) {
            Audience::Person(person) => Audience::Stream(Claims { person: Some(person) }),
            Audience::Everyone | Audience::Stream(_) => {
                return self.channels().keys().copied().filter(follows).collect();
            }
        };
        self.listens(person).then_some(person).into_iter().collect()
    }

    /// Everything up to `last` has been sent to whom it is for.
    pub(super) fn delivered(&self, last: Option<Position>) {
        self.delivered.store(last.map_or(0, |last| last.0), Ordering::Release);
    }

    /// Up to where everything has been sent to whom it is for.
    pub(super) fn delivered_up_to(&self) -> Option<Position> {
        match self.delivered.load(Ordering::Acquire) {
            0 => None,
            position => Some(Position(position)),
        }
    }

    fn enter(&self, audience: Audience) -> Place {
        self.channels().entry(audience).or_insert_with(Channel::new).enter()
    }

    pub(super) fn leave(&self, audience: Audience, row: usize) {
        if let Entry::Occupied(mut channel) = self.channels().entry(audience)
            && !channel.get_mut().leave(row)
        {
            channel.remove();
        }
    }

    /// Queues `frames` for all sockets of `audience` at once. Nobody waits for a slow one.
    ///
    /// Many sockets are woken no sooner than they have had the time to write what came before: they
    /// would otherwise write each frame by itself.
    pub(super) fn send(&self, audience: Audience, frames: Vec<Frame>) {
        let mut channels = self.channels();
        let Some(channel) = channels.get_mut(&audience) else { return };
        match channel.queue(frames) {
            Waking::Done => {}
            Waking::Due => {
                tokio::spawn(self.clone().wake(audience));
            }
        }
    }

    /// Makes rounds among the sockets of `audience` until they have been told everything.
    async fn wake(self, audience: Audience) {
        while let Some(next) = self.channel(audience, Channel::next_round).flatten() {
            sleep_until(next).await;
            self.channel(audience, |channel| channel.begin_round(Instant::now()));
            let mut row = 0;
            while self.channel(audience, |channel| channel.ring(row)) == Some(true) {
                row += 1;
                yield_now().await;
            }
        }
    }

    fn channel<T>(&self, audience: Audience, todo: impl FnOnce(&mut Channel) -> T) -> Option<T> {
        self.channels().get_mut(&audience).map(todo)
    }

    /// Lets go of what has been waiting for slow sockets. To be called every now and then.
    pub(super) fn make_round(&self) {
        for channel in self.channels().values() {
            channel.make_round();
        }
    }

    /// Frames that wait, or have been taken by all and not let go yet, and their bytes.
    pub(crate) fn queued(&self) -> (usize, usize) {
        let channels = self.channels();
        let queues = channels.values().map(Channel::queued);
        queues.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
    }

    /// What the log holds after `place` that subscribers wait for: how many facts, up to a page, and
    /// for how long the first of them has been waiting.
    pub(crate) async fn unheard(&self, place: u64) -> Result<Behind, ReadError> {
        Behind::after(&self.log, Framer::filter(), place).await
    }

    /// How many sockets are open.
    #[must_use]
    pub fn sockets(&self) -> usize {
        self.open.len()
    }

    /// Waits until every socket has said goodbye.
    pub async fn closed(&self) {
        self.open.close();
        self.open.wait().await;
    }

    fn channels(&self) -> MutexGuard<'_, HashMap<Audience, Channel>> {
        self.audiences.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
