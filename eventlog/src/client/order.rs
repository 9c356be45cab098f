//! Whose turn it is to append to a stream.
//!
//! An append may travel twice, first with the others and then alone. Were a later append to the
//! same stream let pass meanwhile, it would be refused for a revision that is only about to come.
//!
//! **Invariant:** of all appends to one stream made through one [`super::EventLog`], one at a time
//! is under way, in the order in which they were first polled.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{Mutex as Line, OwnedMutexGuard};

/// A line for each stream that is being appended to.
#[derive(Debug, Default)]
pub(super) struct Order(Mutex<HashMap<String, Arc<Line<()>>>>);

/// The turn of one append, over when dropped.
pub(super) struct Turn<'a> {
    order: &'a Order,
    stream: &'a str,
    held: Option<OwnedMutexGuard<()>>,
}

impl Order {
    /// Waits until nobody who came earlier appends to `stream`.
    pub(super) async fn turn<'a>(&'a self, stream: &'a str) -> Turn<'a> {
        let line = Arc::clone(self.lines().entry(stream.to_owned()).or_default());
        // Made before the wait: whoever gives up waiting leaves the line as tidy.
        let mut turn = Turn { order: self, stream, held: None };
        turn.held = Some(line.lock_owned().await);
        turn
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<String, Arc<Line<()>>>> {
        // Nothing in here can be left half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut lines = self.order.lines();
        self.held = None;
        if lines.get(self.stream).is_some_and(|line| Arc::strong_count(line) == 1) {
            lines.remove(self.stream);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::Order;

    #[tokio::test]
    async fn second_append_to_a_stream_waits_for_the_first() {
        let order = Order::default();
        let first = order.turn("s").await;
        let mut second = Box::pin(order.turn("s"));
        assert!(second.as_mut().now_or_never().is_none());
        drop(first);
        second.await;
    }

    #[tokio::test]
    async fn append_to_another_stream_does_not_wait() {
        let order = Order::default();
        let _first = order.turn("s").await;
        assert!(order.turn("t").now_or_never().is_some());
    }

    #[tokio::test]
    async fn nothing_is_kept_of_a_stream_that_nobody_appends_to() {
        let order = Order::default();
        let first = order.turn("s").await;
        assert!(order.turn("s").now_or_never().is_none(), "gave up waiting");
        drop(first);
        assert!(order.lines().is_empty());
    }
}
