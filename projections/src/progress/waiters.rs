//! Who waits for which position.
//!
//! **Invariant:** a position that is reached wakes those that wait for it and nobody else: of many
//! answers that wait at once, each is woken once.

use std::{
    collections::BTreeMap,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

/// Everybody who waits.
#[derive(Debug, Default)]
pub(super) struct Waiters(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The last position heard of; `None` while nobody is listening.
    heard: Option<u64>,
    waiting: BTreeMap<(u64, u64), oneshot::Sender<()>>,
    /// Keeps those that wait for the same position apart.
    next: u64,
}

/// One who waits; forgotten when dropped.
struct Waiter<'a> {
    waiters: &'a Waiters,
    place: (u64, u64),
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.waiters.state().waiting.remove(&self.place);
    }
}

impl Waiters {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn heard(&self) -> Option<u64> {
        self.state().heard
    }

    /// `true` once `position` is heard of; `false` as soon as nobody is listening.
    pub(super) async fn wait(&self, position: u64) -> bool {
        let (sender, woken) = oneshot::channel();
        let place = {
            let mut state = self.state();
            match state.heard {
                None => return false,
                Some(heard) if heard >= position => return true,
                Some(_) => {}
            }
            let place = (position, state.next);
            state.next += 1;
            state.waiting.insert(place, sender);
            place
        };
        let _waiter = Waiter { waiters: self, place };
        woken.await.is_ok()
    }

    /// `position` is heard of.
    pub(super) fn advance(&self, position: u64) {
        let due = {
            let mut state = self.state();
            let heard = state.heard.map_or(position, |heard| heard.max(position));
            state.heard = Some(heard);
            let later = state.waiting.split_off(&(heard.saturating_add(1), 0));
            mem::replace(&mut state.waiting, later)
        };
        for (_, waiter) in due {
            // Whoever has stopped waiting needs no word.
            waiter.send(()).unwrap_or_default();
        }
    }

    /// Nobody is listening any more.
    pub(super) fn silence(&self) {
        let mut state = self.state();
        state.heard = None;
        state.waiting.clear();
    }
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt, future::join};

    use super::Waiters;

    #[tokio::test]
    async fn a_position_wakes_whoever_waits_for_it_or_for_less_and_nobody_else() {
        let waiters = Waiters::default();
        waiters.advance(1);
        assert!(waiters.wait(1).await);
        let (mut less, mut same) = (Box::pin(waiters.wait(2)), Box::pin(waiters.wait(3)));
        let mut more = Box::pin(waiters.wait(4));
        assert!((&mut less).now_or_never().is_none() && (&mut same).now_or_never().is_none());
        assert!((&mut more).now_or_never().is_none());
        waiters.advance(3);
        assert_eq!(join(less, same).await, (true, true));
        assert!((&mut more).now_or_never().is_none());
        waiters.silence();
        assert!(!more.await);
        assert_eq!(waiters.heard(), None);
    }

    #[tokio::test]
    async fn nobody_waits_while_nobody_listens_and_whoever_gives_up_is_forgotten() {
        let waiters = Waiters::default();
        assert!(!waiters.wait(1).await);
        waiters.advance(1);
        let mut gives_up = Box::pin(waiters.wait(2));
        assert!((&mut gives_up).now_or_never().is_none());
        drop(gives_up);
        assert!(waiters.state().waiting.is_empty());
    }
}
