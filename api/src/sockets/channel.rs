//! What one audience hears, and those who sit there.
//!
//! Many sockets are not woken at once: whatever else there is to do, the next request among it,
//! would wait until each of them has written. They sit in rows, and one row is woken after the
//! other.
//!
//! **Invariant:** what is queued is queued before the bell of any row rings for it.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use schema::caps::{SOCKET_TURN, SOCKETS_PER_ROW, SOCKETS_TURN_MAX};
use tokio::{sync::watch, time::Instant};

use super::backlog::{Backlog, Frame};

/// The sockets of one audience, and what waits for them.
#[derive(Debug)]
pub(super) struct Channel {
    backlog: Arc<RwLock<Backlog>>,
    rows: Vec<Row>,
    /// Before then its sockets are busy with what they were woken for last.
    busy_until: Instant,
    /// Whether something was queued that no round has begun for.
    news: bool,
    /// Whether somebody makes rounds.
    waking: bool,
}

#[derive(Debug, Default)]
struct Row {
    bell: watch::Sender<()>,
    seats: usize,
}

/// Where a socket of an audience sits.
#[derive(Debug)]
pub(super) struct Place {
    backlog: Arc<RwLock<Backlog>>,
    bell: watch::Receiver<()>,
    pub(super) row: usize,
}

/// What there is to do after something was queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waking {
    /// Nothing: they are awake, or somebody will wake them.
    Done,
    /// Rounds are to be made, until there is no more to tell.
    Due,
}

impl Channel {
    pub(super) fn new() -> Self {
        Self {
            backlog: Arc::default(),
            rows: Vec::new(),
            busy_until: Instant::now(),
            news: false,
            waking: false,
        }
    }

    pub(super) fn enter(&mut self) -> Place {
        let free = self.rows.iter().position(|row| row.seats < SOCKETS_PER_ROW);
        let row = free.unwrap_or_else(|| {
            self.rows.push(Row::default());
            self.rows.len() - 1
        });
        self.rows[row].seats += 1;
        let bell = self.rows[row].bell.subscribe();
        Place { backlog: Arc::clone(&self.backlog), bell, row }
    }

    /// `false` when nobody is left.
    pub(super) fn leave(&mut self, row: usize) -> bool {
        self.rows[row].seats -= 1;
        while self.rows.pop_if(|row| row.seats == 0).is_some() {}
        !self.rows.is_empty()
    }

    /// Queues `frames` for everybody.
    pub(super) fn queue(&mut self, frames: Vec<Frame>) -> Waking {
        let mut backlog = self.backlog.write().unwrap_or_else(PoisonError::into_inner);
        for frame in frames {
            backlog.push(frame);
        }
        drop(backlog);
        self.news = true;
        if self.waking {
            return Waking::Done;
        }
        let now = Instant::now();
        if self.rows.len() == 1 && self.busy_until <= now {
            self.begin_round(now);
            self.ring(0);
            return Waking::Done;
        }
        self.waking = true;
        Waking::Due
    }

    /// When the next round is to be made; `None` when there is nothing to tell, and then nobody
    /// makes rounds any more.
    pub(super) fn next_round(&mut self) -> Option<Instant> {
        self.waking = self.news;
        self.news.then_some(self.busy_until)
    }

    /// Whoever is woken from `now` on is told everything that is queued by then, and is left alone
    /// for as long as all of them are presumably busy with that.
    pub(super) fn begin_round(&mut self, now: Instant) {
        let sockets = u32::try_from(self.seats()).unwrap_or(u32::MAX);
        self.busy_until = now + SOCKET_TURN.saturating_mul(sockets).min(SOCKETS_TURN_MAX);
        self.news = false;
    }

    /// Wakes a row. `false` when there is none of that number.
    pub(super) fn ring(&self, row: usize) -> bool {
        self.rows.get(row).is_some_and(|row| {
            row.bell.send_modify(|()| {});
            true
        })
    }

    /// Lets go of what has been waiting for slow sockets.
    pub(super) fn make_round(&self) {
        self.backlog.write().unwrap_or_else(PoisonError::into_inner).make_round();
    }

    /// Frames that wait, or have been taken by all and not let go yet, and their bytes.
    pub(super) fn queued(&self) -> (usize, usize) {
        self.backlog.read().unwrap_or_else(PoisonError::into_inner).size()
    }

    fn seats(&self) -> usize {
        self.rows.iter().map(|row| row.seats).sum()
    }
}

impl Place {
    pub(super) fn backlog(&self) -> RwLockReadGuard<'_, Backlog> {
        self.backlog.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on [`Self::rung`] waits for the next time.
    pub(super) fn listen(&mut self) {
        self.bell.mark_unchanged();
    }

    /// Completes when the bell has rung since [`Self::listen`].
    pub(super) async fn rung(&mut self) {
        // The row is there for as long as this place is.
        let _rung = self.bell.changed().await;
    }
}

#[cfg(test)]
mod tests {
    use axum::extract::ws::Utf8Bytes;
    use eventlog::Position;
    use schema::caps::SOCKETS_PER_ROW;
    use tokio::time::Instant;

    use super::{Channel, Frame, Waking};
    use crate::testing::patient;

    fn frames() -> Vec<Frame> {
        vec![Frame { position: Position(1), text: Utf8Bytes::from_static("{}"), about: None }]
    }

    #[test]
    fn rows_are_filled_and_a_seat_that_is_free_is_taken_again() {
        let mut channel = Channel::new();
        let full: Vec<_> = (0..SOCKETS_PER_ROW).map(|_| channel.enter().row).collect();
        assert!(full.iter().all(|row| *row == 0));
        assert_eq!(channel.enter().row, 1);
        assert!(channel.leave(0));
        assert_eq!(channel.enter().row, 0);
    }

    #[tokio::test]
    async fn few_of_many_who_are_left_are_woken_at_once_again() {
        let mut channel = Channel::new();
        let mut first = channel.enter();
        let others: Vec<_> = (0..SOCKETS_PER_ROW).map(|_| channel.enter().row).collect();
        assert!(others.into_iter().all(|row| channel.leave(row)));
        first.listen();
        assert_eq!(channel.queue(frames()), Waking::Done);
        patient(first.rung()).await;
    }

    #[test]
    fn nobody_is_left_after_the_last_has_gone() {
        let mut channel = Channel::new();
        let (one, two) = (channel.enter(), channel.enter());
        assert!(channel.leave(one.row));
        assert!(!channel.leave(two.row));
    }

    #[tokio::test]
    async fn a_few_are_woken_at_once() {
        let mut channel = Channel::new();
        let mut place = channel.enter();
        place.listen();
        assert_eq!(channel.queue(frames()), Waking::Done);
        patient(place.rung()).await;
        assert_eq!(channel.next_round(), None);
    }

    #[test]
    fn many_are_woken_by_one_and_again_if_there_is_more_by_then() {
        let mut channel = Channel::new();
        let places: Vec<_> = (0..=SOCKETS_PER_ROW).map(|_| channel.enter()).collect();
        assert_eq!(channel.queue(frames()), Waking::Due);
        assert_eq!(channel.queue(frames()), Waking::Done);
        for _round in 0..2 {
            assert!(channel.next_round().is_some());
            channel.begin_round(Instant::now());
            assert!((0..2).all(|row| channel.ring(row)) && !channel.ring(2));
            assert!(places.iter().all(|place| place.bell.has_changed().unwrap()));
            assert_eq!(channel.queue(frames()), Waking::Done);
        }
        channel.begin_round(Instant::now());
        assert_eq!(channel.next_round(), None);
        assert_eq!(channel.queue(frames()), Waking::Due);
    }
}
