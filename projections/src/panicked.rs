//! A panic, as a failure like any other.
//!
//! What follows the log runs for as long as the process does. A mistake of ours in one of its turns
//! would otherwise end it without a word, and everything that waits for it would wait for ever.

use std::panic::AssertUnwindSafe;

use futures::{FutureExt, future::BoxFuture};

/// Work was given up by a panic. What the panic says may hold what was read; where it happened, the
/// hook has told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it panicked")]
pub struct Panicked;

/// What `work` comes to. What it was in the middle of is left as it stands: the next turn begins with
/// what is on disk.
///
/// # Errors
///
/// Those of `work`, and [`Panicked`].
pub fn or_panicked<'a, T: 'a, E: From<Panicked> + 'a>(
    work: impl Future<Output = Result<T, E>> + Send + 'a,
) -> BoxFuture<'a, Result<T, E>> {
    let caught = AssertUnwindSafe(work).catch_unwind();
    caught.map(|done| done.unwrap_or_else(|_payload| Err(Panicked.into()))).boxed()
}

#[cfg(test)]
mod tests {
    use super::{Panicked, or_panicked};

    #[tokio::test]
    async fn a_panic_is_a_failure_and_everything_else_is_what_it_was() {
        let mut done = Vec::new();
        for turn in 0..3 {
            let outcome = or_panicked(async {
                assert_ne!(turn, 1, "a mistake of ours");
                Ok::<_, Panicked>(turn)
            });
            done.push(outcome.await);
        }
        assert_eq!(done, [Ok(0), Err(Panicked), Ok(2)]);
    }
}
