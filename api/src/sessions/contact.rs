//! When the log was heard last.

use std::sync::Arc;

use schema::caps::SESSION_UNKNOWN_WAIT;
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

/// Since when everything in the log has been taken note of. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Contact(Arc<watch::Sender<Instant>>);

impl Contact {
    pub(super) fn now() -> Self {
        Self(Arc::new(watch::Sender::new(Instant::now())))
    }

    /// Everything that stood in the log at `instant` has been taken note of.
    pub(super) fn proven(&self, instant: Instant) {
        self.0.send_replace(instant);
    }

    /// Whether what is known may still be believed.
    pub(super) fn is_fresh(&self) -> bool {
        self.0.borrow().elapsed() <= SESSION_UNKNOWN_WAIT
    }

    /// Waits until it may not.
    pub(super) async fn lost(&self) {
        while self.is_fresh() {
            let end = *self.0.borrow() + SESSION_UNKNOWN_WAIT;
            sleep_until(end + std::time::Duration::from_millis(1)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use schema::caps::SESSION_UNKNOWN_WAIT;
    use tokio::time::{Instant, advance};

    use super::Contact;

    #[tokio::test(start_paused = true)]
    async fn it_is_lost_after_its_time_and_found_again() {
        let contact = Contact::now();
        let before = Instant::now();
        contact.lost().await;
        assert!(before.elapsed() >= SESSION_UNKNOWN_WAIT);
        assert!(!contact.is_fresh());
        contact.proven(Instant::now());
        assert!(contact.is_fresh());
        advance(SESSION_UNKNOWN_WAIT).await;
        assert!(contact.is_fresh());
    }
}
