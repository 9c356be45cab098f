//! How soon a subscription that was lost is tried again, and how long one waits.

use std::{future::poll_fn, pin::pin, task::Poll, time::Duration};

use tokio::time::{error::Elapsed, timeout};

/// Pauses between two attempts that bring nothing, doubled from the first to the last.
const PAUSE_MIN: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// Slower with each attempt, until one gets on.
#[derive(Debug, Default)]
pub(super) struct Pace {
    next: Duration,
}

impl Pace {
    /// How long to wait before the next attempt.
    pub(super) fn pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = (pause * 2).clamp(PAUSE_MIN, PAUSE_MAX);
        pause
    }

    /// The last attempt has brought something. That it was accepted is not enough: a log that
    /// fails at the next fact accepts it each time.
    pub(super) fn get_on(&mut self) {
        self.next = Duration::ZERO;
    }
}

/// What `next` yields, `within` so long. Of hundreds of thousands of facts a second nearly all are
/// there when they are asked for: no clock is looked at for them.
pub(super) async fn in_time<T>(
    within: Duration,
    next: impl Future<Output = T>,
) -> Result<T, Elapsed> {
    let mut next = pin!(next);
    match poll_fn(|context| Poll::Ready(next.as_mut().poll(context))).await {
        Poll::Ready(next) => Ok(next),
        Poll::Pending => timeout(within, next).await,
    }
}

#[cfg(test)]
mod tests {
    use super::{PAUSE_MAX, PAUSE_MIN, Pace};

    #[test]
    fn attempts_that_bring_nothing_become_slow_and_one_that_does_is_followed_at_once() {
        let mut pace = Pace::default();
        assert!(pace.pause().is_zero());
        let pauses: Vec<_> = (0..10).map(|_| pace.pause()).collect();
        assert_eq!((pauses[0], pauses[9]), (PAUSE_MIN, PAUSE_MAX));
        assert!(pauses.is_sorted());
        pace.get_on();
        assert!(pace.pause().is_zero());
    }
}
