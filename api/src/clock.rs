//! The one clock.

use chrono::{DateTime, SubsecRound, Utc};

/// The time, to the microsecond: what Postgres keeps and what answers show.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the clock that the others are given")]
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// A new random id for a request.
#[expect(clippy::disallowed_methods, reason = "a request gets its id here and nowhere else")]
pub(crate) fn request_id() -> uuid::Uuid {
    uuid::Uuid::new_v4()
}
