//! How much a client may say.

use schema::caps::{SOCKET_MESSAGES_MAX, SOCKET_MESSAGES_WINDOW};
use tokio::time::Instant;

/// What one client says, counted from the first word on.
#[derive(Debug)]
pub(crate) struct Pace {
    /// None where whatever is said is passed over.
    most: Option<u32>,
    since: Instant,
    said: u32,
}

impl Pace {
    /// As much as anybody may say who is heard.
    pub(crate) fn bounded() -> Self {
        Self { most: Some(SOCKET_MESSAGES_MAX), since: Instant::now(), said: 0 }
    }

    /// As much as the client likes: its contract promises that its socket stays open.
    pub(crate) fn unbounded() -> Self {
        Self { most: None, ..Self::bounded() }
    }

    /// Takes note of one more message. `false` if that is too many.
    pub(crate) fn admit(&mut self) -> bool {
        let now = Instant::now();
        if now - self.since >= SOCKET_MESSAGES_WINDOW {
            (self.since, self.said) = (now, 0);
        }
        self.said = self.said.saturating_add(1);
        self.most.is_none_or(|most| self.said <= most)
    }
}

#[cfg(test)]
mod tests {
    use schema::caps::{SOCKET_MESSAGES_MAX, SOCKET_MESSAGES_WINDOW};
    use tokio::time::advance;

    use super::Pace;

    #[tokio::test(start_paused = true)]
    async fn check_68_a_hundred_messages_a_minute_are_heard_and_not_one_more() {
        let (mut pace, mut unbounded) = (Pace::bounded(), Pace::unbounded());
        for _minute in 0..2 {
            for _message in 0..SOCKET_MESSAGES_MAX {
                assert!(pace.admit());
            }
            assert!(!pace.admit());
            advance(SOCKET_MESSAGES_WINDOW).await;
        }
        assert!((0..=2 * SOCKET_MESSAGES_MAX).all(|_| unbounded.admit()));
    }
}
