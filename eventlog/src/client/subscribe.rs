//! Facts as they come, through every outage.
//!
//! The official client can resume too, but forgets checkpoints, resumes at the end if it had not
//! seen anything, and does not notice a log that hangs. So here each of its subscriptions is
//! dropped at its first error, and a new one is opened at the place reached.
//!
//! What cannot be carried: a log, or something in between, that *completes* a subscription instead
//! of failing it, keeps the official client busy for ever without a word to us.

use std::{sync::Arc, time::Duration};

use eventstore::SubscriptionEvent;
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use tokio::time::sleep;

use super::{
    EventLog, Filter, Position, Revision, Signal,
    failure::Failure,
    lanes::{Lanes, Seat},
    link::Lease,
    pace::{Pace, in_time},
    source::{Events, Source},
    wire,
};

impl EventLog {
    /// All facts after `from`, which is not brought again; without it, from the start.
    ///
    /// It goes on by itself whatever becomes of the connection, without leaving out or repeating a
    /// fact. It ends only when `from` is no position of this log; then the last signal is
    /// [`Signal::Lost`].
    #[must_use]
    pub fn subscribe_all(
        &self,
        filter: Filter,
        from: Option<Position>,
    ) -> BoxStream<'static, Signal> {
        self.subscribe(Source::All { filter, seen: from, checkpoint: None })
    }

    /// All facts of `stream` after `from`, which is not brought again; without it, from the start.
    ///
    /// The stream need not exist yet; [`Signal::CaughtUp`] may then come only after its first
    /// fact. As [`EventLog::subscribe_all`], but it also ends when the stream is tombstoned.
    #[must_use]
    pub fn subscribe_stream(
        &self,
        stream: &str,
        from: Option<Revision>,
    ) -> BoxStream<'static, Signal> {
        self.subscribe(Source::Stream { name: stream.to_owned(), seen: from })
    }

    fn subscribe(&self, source: Source) -> BoxStream<'static, Signal> {
        let subscription = Subscription {
            lanes: Arc::clone(&self.lanes),
            seat: None,
            source,
            open: None,
            quiet: self.options.read_timeout,
            pace: Pace::default(),
            proven: false,
            lost: false,
            ended: false,
        };
        stream::unfold(Box::new(subscription), async |mut subscription| {
            let signal = subscription.next().await?;
            Some((signal, subscription))
        })
        .boxed()
    }
}

struct Subscription {
    lanes: Arc<Lanes>,
    seat: Option<Seat>,
    source: Source,
    open: Option<Open>,
    /// So long without a fact, and the log is asked for a sign of life.
    quiet: Duration,
    pace: Pace,
    /// The log has accepted the place where this started.
    proven: bool,
    /// The caller knows that the log is lost.
    lost: bool,
    ended: bool,
}

struct Open {
    events: Events,
    lease: Lease,
    confirmed: bool,
}

impl Subscription {
    async fn next(&mut self) -> Option<Signal> {
        while !self.ended {
            let Some(open) = &mut self.open else {
                match self.reopen().await {
                    Ok(open) => self.open = Some(open),
                    Err(reason) => return Some(self.lose(reason)),
                }
                continue;
            };
            let failure = match in_time(self.quiet, open.events.next()).await {
                Ok(Some(Ok(event))) => match self.take(event) {
                    Some(signal) => return Some(signal),
                    None => continue,
                },
                Ok(Some(Err(error))) => error.into(),
                Ok(None) => Failure::Lost("subscription ended".to_owned()),
                Err(_) => match open.lease.node.answers(self.quiet).await {
                    Ok(_) => continue,
                    Err(silence) => Failure::Lost(silence.reason()),
                },
            };
            let reason = failure.reason();
            self.close(failure);
            if self.ended || !self.lost {
                return Some(self.lose(reason));
            }
        }
        None
    }

    /// Waits for the log and asks it. `Err` if there is an outage that the caller does not know
    /// of.
    async fn reopen(&mut self) -> Result<Open, String> {
        sleep(self.pace.pause()).await;
        let seat = if let Some(seat) = &self.seat {
            seat
        } else {
            let seat = self.lanes.seat().await.map_err(|error| error.to_string())?;
            self.seat.insert(seat)
        };
        let lease = seat.link.find(self.lost).await?;
        let events = self.source.open(&lease.node).await;
        Ok(Open { events, lease, confirmed: false })
    }

    fn take(&mut self, event: SubscriptionEvent) -> Option<Signal> {
        let signal = match event {
            SubscriptionEvent::Confirmed(_) => {
                self.proven = true;
                if let Some(open) = &mut self.open {
                    open.confirmed = true;
                }
                // It may yet fail at the very next fact, again and again.
                return None;
            }
            SubscriptionEvent::EventAppeared(event) => self.source.pass(wire::fact(event)?),
            SubscriptionEvent::Checkpoint(position) => {
                self.source.checkpoint(Position(position.commit))
            }
            SubscriptionEvent::CaughtUp(_) => Some(Signal::CaughtUp),
            SubscriptionEvent::FirstStreamPosition(_)
            | SubscriptionEvent::LastStreamPosition(_)
            | SubscriptionEvent::LastAllPosition(_)
            | SubscriptionEvent::FellBehind(_) => None,
        };
        if signal.is_some() {
            self.pace.get_on();
            self.lost = false;
        }
        signal
    }

    /// Draws the conclusions from the end of what was open.
    fn close(&mut self, failure: Failure) {
        let Some(open) = self.open.take() else { return };
        match failure {
            Failure::Unreached(reason) | Failure::Lost(reason) => open.lease.suspect(&reason),
            Failure::Deleted => self.ended = true,
            Failure::Invalid(_) | Failure::Unexplained(_) if !open.confirmed => {
                // What the log itself named before is refused only for now.
                self.ended = !self.source.forget_checkpoint() && !self.proven;
            }
            Failure::Moved
            | Failure::Broken(_)
            | Failure::Declined(_)
            | Failure::Unexplained(_)
            | Failure::NotFound
            | Failure::Denied
            | Failure::WrongRevision(_)
            | Failure::TooLarge(_)
            | Failure::Invalid(_) => {}
        }
    }

    fn lose(&mut self, reason: String) -> Signal {
        self.lost = true;
        Signal::Lost(reason)
    }
}
