//! Which sockets are open, and for whom.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::extract::ws::Utf8Bytes;
use eventlog::{EventLog, Position, ReadError};
use schema::{UserId, caps::SOCKET_QUEUE_MAX};
use tokio::sync::mpsc;
use tokio_util::{
    sync::CancellationToken, task::TaskTracker, task::task_tracker::TaskTrackerToken,
};

/// The open sockets of this process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Hub {
    log: EventLog,
    sockets: Arc<Mutex<HashMap<UserId, Vec<Outlet>>>>,
    next: Arc<AtomicU64>,
    open: TaskTracker,
    stopping: CancellationToken,
}

/// The sending end of one socket's queue.
#[derive(Debug)]
struct Outlet {
    number: u64,
    /// Where the log stood when the socket was opened: what came before is none of its business.
    after: Option<Position>,
    frames: mpsc::Sender<Utf8Bytes>,
}

/// One socket's place in the hub, given back when it is dropped.
pub(crate) struct Seat {
    /// What is to be sent. Ends when the socket was too slow.
    pub(crate) frames: mpsc::Receiver<Utf8Bytes>,
    /// Every socket is to close.
    pub(crate) stopping: CancellationToken,
    user: UserId,
    number: u64,
    hub: Hub,
    _open: TaskTrackerToken,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.hub.leave(self.user, self.number);
    }
}

impl Hub {
    /// No sockets yet; they hear what comes into `log` from now on, and all of them close once
    /// `stopping`.
    #[must_use]
    pub fn new(log: EventLog, stopping: CancellationToken) -> Self {
        let open = TaskTracker::new();
        Self { log, sockets: Arc::default(), next: Arc::default(), open, stopping }
    }

    /// Whether anybody would see a frame for `user`.
    pub(crate) fn listens(&self, user: UserId) -> bool {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&user)
    }

    /// A seat for one more socket of `user`: frames of what is appended from now on arrive there.
    pub(crate) async fn join(&self, user: UserId) -> Result<Seat, ReadError> {
        let after = self.log.head().await?;
        Ok(self.seat(user, after))
    }

    fn seat(&self, user: UserId, after: Option<Position>) -> Seat {
        let (sender, frames) = mpsc::channel(SOCKET_QUEUE_MAX);
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        sockets.entry(user).or_default().push(Outlet { number, after, frames: sender });
        Seat {
            frames,
            stopping: self.stopping.clone(),
            user,
            number,
            hub: self.clone(),
            _open: self.open.token(),
        }
    }

    fn leave(&self, user: UserId, number: u64) {
        let mut sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(outlets) = sockets.get_mut(&user) {
            outlets.retain(|outlet| outlet.number != number);
            if outlets.is_empty() {
                sockets.remove(&user);
            }
        }
    }

    /// Queues `frame`, of the fact at `position`, for each socket of `user`. A socket whose queue is full loses its queue and
    /// closes; it is never skipped silently, and nobody waits for it.
    pub(crate) fn send(&self, user: UserId, position: Position, frame: &Utf8Bytes) {
        let mut sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(outlets) = sockets.get_mut(&user) {
            outlets.retain(|outlet| {
                let old = outlet.after.is_some_and(|after| position <= after);
                old || outlet.frames.try_send(frame.clone()).is_ok()
            });
        }
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
}

#[cfg(test)]
mod tests {
    use axum::extract::ws::Utf8Bytes;
    use eventlog::{EventLog, Options, Position};
    use schema::{UserId, caps::SOCKET_QUEUE_MAX};
    use tokio_util::sync::CancellationToken;

    use super::Hub;

    const ADA: UserId = UserId(7);
    const BEFORE: Position = Position(1);
    const NEXT: Position = Position(2);

    fn frame() -> Utf8Bytes {
        Utf8Bytes::from_static("{}")
    }

    /// A hub whose log nobody asks.
    async fn hub() -> Hub {
        let log = EventLog::connect("esdb://127.0.0.1:1?tls=false", Options::default()).await;
        Hub::new(log.unwrap(), CancellationToken::new())
    }

    #[tokio::test]
    async fn a_frame_reaches_each_socket_of_its_user_and_nobody_else() {
        let hub = hub().await;
        let (mut one, mut two) = (hub.seat(ADA, None), hub.seat(ADA, Some(BEFORE)));
        let mut other = hub.seat(UserId(8), None);
        hub.send(ADA, NEXT, &frame());
        assert_eq!(one.frames.try_recv(), Ok(frame()));
        assert_eq!(two.frames.try_recv(), Ok(frame()));
        assert!(other.frames.try_recv().is_err());
    }

    #[tokio::test]
    async fn what_came_before_a_socket_was_opened_does_not_reach_it() {
        let hub = hub().await;
        let mut seat = hub.seat(ADA, Some(NEXT));
        hub.send(ADA, NEXT, &frame());
        assert!(seat.frames.try_recv().is_err());
        assert!(hub.listens(ADA));
    }

    #[tokio::test]
    async fn a_full_queue_ends_after_what_it_holds_and_others_go_on() {
        let hub = hub().await;
        let mut slow = hub.seat(ADA, None);
        (0..SOCKET_QUEUE_MAX).for_each(|_| hub.send(ADA, NEXT, &frame()));
        let mut quick = hub.seat(ADA, None);
        hub.send(ADA, NEXT, &frame());
        let mut held = 0;
        while slow.frames.recv().await.is_some() {
            held += 1;
        }
        assert_eq!(held, SOCKET_QUEUE_MAX);
        assert_eq!(quick.frames.try_recv(), Ok(frame()));
    }

    #[tokio::test]
    async fn whoever_leaves_is_forgotten() {
        let hub = hub().await;
        let seat = hub.seat(ADA, None);
        assert!(hub.listens(ADA));
        drop(seat);
        assert!(!hub.listens(ADA));
        hub.closed().await;
    }
}
