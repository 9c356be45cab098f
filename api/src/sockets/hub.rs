//! Which sockets are open, and for whom.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::extract::ws::Utf8Bytes;
use schema::{UserId, caps::SOCKET_QUEUE_MAX};
use tokio::sync::mpsc;
use tokio_util::{
    sync::CancellationToken, task::TaskTracker, task::task_tracker::TaskTrackerToken,
};

/// The open sockets of this process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Hub {
    sockets: Arc<Mutex<HashMap<UserId, Vec<Outlet>>>>,
    next: Arc<AtomicU64>,
    open: TaskTracker,
    stopping: CancellationToken,
}

/// The sending end of one socket's queue.
#[derive(Debug)]
struct Outlet {
    number: u64,
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
    /// No sockets yet; all of them close once `stopping`.
    #[must_use]
    pub fn new(stopping: CancellationToken) -> Self {
        Self { sockets: Arc::default(), next: Arc::default(), open: TaskTracker::new(), stopping }
    }

    /// Whether anybody would see a frame for `user`.
    pub(crate) fn listens(&self, user: UserId) -> bool {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&user)
    }

    /// A seat for one more socket of `user`: from now on frames for them arrive there.
    pub(crate) fn join(&self, user: UserId) -> Seat {
        let (sender, frames) = mpsc::channel(SOCKET_QUEUE_MAX);
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        sockets.entry(user).or_default().push(Outlet { number, frames: sender });
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

    /// Queues `frame` for each socket of `user`. A socket whose queue is full loses its queue and
    /// closes; it is never skipped silently, and nobody waits for it.
    pub(crate) fn send(&self, user: UserId, frame: &Utf8Bytes) {
        let mut sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(outlets) = sockets.get_mut(&user) {
            outlets.retain(|outlet| outlet.frames.try_send(frame.clone()).is_ok());
        }
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
    use schema::{UserId, caps::SOCKET_QUEUE_MAX};
    use tokio_util::sync::CancellationToken;

    use super::Hub;

    const ADA: UserId = UserId(7);

    fn frame() -> Utf8Bytes {
        Utf8Bytes::from_static("{}")
    }

    #[tokio::test]
    async fn a_frame_reaches_each_socket_of_its_user_and_nobody_else() {
        let hub = Hub::new(CancellationToken::new());
        let (mut one, mut two, mut other) = (hub.join(ADA), hub.join(ADA), hub.join(UserId(8)));
        hub.send(ADA, &frame());
        assert_eq!(one.frames.try_recv(), Ok(frame()));
        assert_eq!(two.frames.try_recv(), Ok(frame()));
        assert!(other.frames.try_recv().is_err());
    }

    #[tokio::test]
    async fn a_full_queue_ends_after_what_it_holds_and_others_go_on() {
        let hub = Hub::new(CancellationToken::new());
        let mut slow = hub.join(ADA);
        (0..SOCKET_QUEUE_MAX).for_each(|_| hub.send(ADA, &frame()));
        let mut quick = hub.join(ADA);
        hub.send(ADA, &frame());
        let mut held = 0;
        while slow.frames.recv().await.is_some() {
            held += 1;
        }
        assert_eq!(held, SOCKET_QUEUE_MAX);
        assert_eq!(quick.frames.try_recv(), Ok(frame()));
    }

    #[tokio::test]
    async fn whoever_leaves_is_forgotten() {
        let hub = Hub::new(CancellationToken::new());
        let seat = hub.join(ADA);
        assert!(hub.listens(ADA));
        drop(seat);
        assert!(!hub.listens(ADA));
        hub.closed().await;
    }
}
