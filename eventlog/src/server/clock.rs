//! The only place of the log that reads the clock.
//!
//! **Invariant:** the clock decides what a fact says it was `created`, and what has expired. It
//! never decides an order.

use std::time::{SystemTime, UNIX_EPOCH};

/// Ticks of 100 ns, the unit of the protocol.
pub(crate) const TICKS_PER_SECOND: i64 = 10_000_000;

/// Ticks since the Unix epoch. A clock before it reads as 0.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub(crate) fn ticks() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos() / 100).unwrap_or(i64::MAX)
}
