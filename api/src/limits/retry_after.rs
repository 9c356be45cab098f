//! When it may be tried again.

use std::time::Duration;

use axum::{
    http::header::RETRY_AFTER,
    response::{IntoResponseParts, ResponseParts},
};
use chrono::{DateTime, Utc};

/// After how many seconds; one at the least, as the header knows no fractions (RFC 9110 section
/// 10.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RetryAfter(pub(crate) u64);

impl RetryAfter {
    /// At `until`, as seen from `now`.
    pub(crate) fn until(until: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        Self::from((until - now).to_std().unwrap_or_default())
    }
}

impl From<Duration> for RetryAfter {
    fn from(wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Self(seconds.max(1))
    }
}

impl IntoResponseParts for RetryAfter {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        parts.headers_mut().insert(RETRY_AFTER, self.0.into());
        Ok(parts)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::{DateTime, TimeDelta};

    use super::RetryAfter;

    #[test]
    fn whoever_waits_for_as_long_as_told_is_not_too_early() {
        for (millis, seconds) in [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (30_000, 30)] {
            assert_eq!(RetryAfter::from(Duration::from_millis(millis)), RetryAfter(seconds));
        }
    }

    #[test]
    fn what_is_past_can_be_tried_in_a_moment() {
        let now = DateTime::UNIX_EPOCH;
        assert_eq!(RetryAfter::until(now - TimeDelta::hours(1), now), RetryAfter(1));
        assert_eq!(RetryAfter::until(now + TimeDelta::minutes(15), now), RetryAfter(900));
    }
}
