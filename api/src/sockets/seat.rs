//! One socket's place in its audience.

use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use eventlog::{Direction, Position, ReadError};
use projections::Chain;
use schema::caps::SOCKET_PAGE;
use tokio::time::sleep;
use tokio_util::{sync::CancellationToken, task::task_tracker::TaskTrackerToken};
use tracing::debug;
use vault::VaultError;

use super::{
    audience::Audience,
    backlog::{Found, Frame},
    channel::Place,
    framer::Framer,
    hub::{Hub, Limits},
};

/// Pause before a log that does not answer is asked again.
const RETRY: Duration = Duration::from_millis(500);

/// Brings one socket what its audience hears, each frame once and in log order. Given back when it
/// is dropped.
pub(crate) struct Seat {
    hub: Hub,
    audience: Audience,
    place: Place,
    /// Everything up to here has been taken, or came before the socket was opened.
    read: Option<Position>,
    /// What stands up to here may not be in the queue: it is read from the log.
    log_up_to: Option<Position>,
    open: TaskTrackerToken,
}

/// Why a page of the log could not be read.
#[derive(Debug, thiserror::Error)]
enum PageError {
    #[error("log could not be read")]
    Log(#[from] ReadError),
    #[error("notification could not be opened")]
    Vault(#[from] VaultError),
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.hub.leave(self.audience, self.place.row);
    }
}

impl Seat {
    pub(super) fn new(hub: &Hub, audience: Audience, place: Place) -> Self {
        Self {
            hub: hub.clone(),
            audience,
            place,
            read: None,
            log_up_to: None,
            open: hub.open.token(),
        }
    }

    /// What stands up to `place` is none of this socket's business.
    pub(super) fn skip(&mut self, place: Option<Position>) {
        self.read = self.read.max(place);
    }

    /// What stands up to `place` came before the seat was taken, and is this socket's business.
    pub(super) fn read_log_up_to(&mut self, place: Option<Position>) {
        self.log_up_to = place;
    }

    /// Up to where everything has been taken, if nothing is left to take.
    pub(crate) fn settled(&mut self) -> Option<Position> {
        // Before the queue is looked at: what is sent in between is still in it.
        let delivered = self.hub.delivered_up_to();
        let empty = matches!(self.place.backlog().after(self.read), Found::Nothing);
        if !empty || self.read < self.log_up_to {
            return None;
        }
        self.skip(delivered);
        self.read
    }

    /// Everything up to here has been taken.
    pub(crate) fn read_up_to(&self) -> Option<Position> {
        self.read
    }

    /// How many sockets are open, this one among them.
    pub(crate) fn sockets(&self) -> usize {
        self.hub.sockets()
    }

    /// Cancelled when every socket is to close.
    pub(crate) fn stopping(&self) -> CancellationToken {
        self.hub.stopping.clone()
    }

    /// Gives the seat back; the socket is open for as long as what is returned.
    pub(crate) fn leave(self) -> TaskTrackerToken {
        self.open.clone()
    }

    /// What may be expected of the client.
    pub(crate) fn limits(&self) -> Limits {
        self.hub.limits
    }

    /// The texts of the next frames, as soon as there are any.
    pub(super) async fn next(&mut self) -> Vec<Utf8Bytes> {
        self.next_frames().await.into_iter().map(|frame| frame.text).collect()
    }

    /// The next frames, as soon as there are any. What the queue does not hold (any more) is read
    /// from the log. May be given up while it waits, and nothing is lost. None only when a seat that
    /// resumes has read the log to its end.
    pub(crate) async fn next_frames(&mut self) -> Vec<Frame> {
        loop {
            if self.read < self.log_up_to {
                let frames = Box::pin(self.page()).await;
                if !frames.is_empty() || self.read >= self.log_up_to {
                    return frames;
                }
                continue;
            }
            self.place.listen();
            let found = self.place.backlog().after(self.read);
            let frames = match found {
                Found::Frames(frames) => {
                    self.read = frames.last().map(|frame| frame.position);
                    frames
                }
                // Boxed, because every open socket carries this wait with it.
                Found::Gone => Box::pin(self.page()).await,
                Found::Nothing => {
                    self.place.rung().await;
                    continue;
                }
            };
            if !frames.is_empty() {
                return frames;
            }
        }
    }

    /// The next page of the log, as soon as the log gives it.
    async fn page(&mut self) -> Vec<Frame> {
        loop {
            let before = self.read;
            match self.try_page().await {
                Ok(frames) if self.read > before => return frames,
                // A node of the log that is behind: what the queue has let go is not there yet.
                Ok(_) => {}
                Err(error) => debug!(error = %Chain(&error), "a slow socket waits for the log"),
            }
            sleep(RETRY).await;
        }
    }

    async fn try_page(&mut self) -> Result<Vec<Frame>, PageError> {
        let Hub { log, framer, readers, .. } = &self.hub;
        let _turn = readers.acquire().await.expect("nobody closes it");
        let filter = Framer::filter();
        let facts = log.read_all(filter, self.read, Direction::Forwards, SOCKET_PAGE).await?;
        let last = facts.last().map(|fact| fact.position);
        // Where no more was found, nothing else stands up to where the log ended before.
        let end = if facts.len() < SOCKET_PAGE { self.log_up_to } else { None };
        // A read from a position brings the fact at that position once more.
        let new = facts.into_iter().filter(|fact| Some(fact.position) > self.read);
        let frames = framer.frames_for(self.audience, &new.collect::<Vec<_>>()).await?;
        self.read = self.read.max(last).max(end);
        Ok(frames)
    }
}
