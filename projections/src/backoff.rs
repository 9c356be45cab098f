//! Pauses between attempts at something that keeps failing.

use std::time::Duration;

use tokio::time::{Instant, sleep};

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(2);

/// Longer pauses the longer it goes on failing; short ones again once an attempt has lasted.
#[derive(Debug)]
pub(crate) struct Backoff {
    pause: Duration,
    since: Instant,
}

impl Backoff {
    pub(crate) fn new() -> Self {
        Self { pause: FIRST, since: Instant::now() }
    }

    /// The attempt has achieved something: what comes after it is another trouble.
    pub(crate) fn succeeded(&mut self) {
        self.pause = FIRST;
    }

    /// To be awaited after each failure.
    pub(crate) async fn pause(&mut self) {
        if self.since.elapsed() > LONGEST * 2 {
            self.pause = FIRST;
        }
        sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST);
        self.since = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, advance};

    use super::{Backoff, FIRST, LONGEST};

    async fn pause_of(backoff: &mut Backoff) -> Duration {
        let start = Instant::now();
        backoff.pause().await;
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_up_to_the_longest_and_shrink_after_an_attempt_that_lasted() {
        let mut backoff = Backoff::new();
        assert_eq!(pause_of(&mut backoff).await, FIRST);
        assert_eq!(pause_of(&mut backoff).await, FIRST * 2);
        for _ in 0..10 {
            backoff.pause().await;
        }
        assert_eq!(pause_of(&mut backoff).await, LONGEST);
        backoff.succeeded();
        assert_eq!(pause_of(&mut backoff).await, FIRST);
        for _ in 0..10 {
            backoff.pause().await;
        }
        advance(LONGEST * 3).await;
        assert_eq!(pause_of(&mut backoff).await, FIRST);
    }
}
