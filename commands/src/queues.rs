//! What those share, in this process, who are after the same value.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use schema::ClaimHash;

/// One `T` for each value, for as long as somebody is after it.
#[derive(Debug, Default)]
pub(crate) struct Queues<T>(Mutex<HashMap<ClaimHash, Weak<T>>>);

impl<T: Default> Queues<T> {
    pub(crate) fn of(&self, value: &ClaimHash) -> Arc<T> {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = queues.get(value).and_then(Weak::upgrade) {
            return queue;
        }
        // Those that nobody waits in any more are swept out when the map would have to grow.
        if queues.len() == queues.capacity() {
            queues.retain(|_, queue| queue.strong_count() > 0);
        }
        let queue = Arc::default();
        queues.insert(value.clone(), Arc::downgrade(&queue));
        queue
    }
}
