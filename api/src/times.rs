//! How answers show times.

use chrono::{DateTime, SecondsFormat, Utc};

/// RFC 3339 in UTC with exactly six decimals and `Z`.
pub(crate) fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::rfc3339;

    #[test]
    fn six_decimals_even_when_they_are_zero() {
        let noon = DateTime::from_timestamp(1_788_264_000, 0).unwrap();
        assert_eq!(rfc3339(noon), "2026-09-01T12:00:00.000000Z");
    }
}
