//! When a calendar event takes place.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};

use crate::caps::EVENT_DATE_BYTES_MAX;

/// A date and time as somebody wrote it, and the instant it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventDate {
    text: String,
    instant: DateTime<Utc>,
}

/// Why a string is not an [`EventDate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a date and time as in ISO 8601")]
pub struct EventDateError;

impl EventDate {
    /// Reads `YYYY-MM-DDTHH:MM[:SS[.fraction]]` with `Z`, an offset or neither (then UTC is meant),
    /// or `YYYY-MM-DD` alone, which becomes midnight. Years 1 to 9999, as RFC 3339 has them.
    ///
    /// # Errors
    ///
    /// [`EventDateError`].
    pub fn parse(text: &str) -> Result<Self, EventDateError> {
        // The parser would skip white space and take years that no read model can store.
        let shaped = text.bytes().all(|byte| b"0123456789-+:.TZtz".contains(&byte))
            && text.as_bytes().get(4) == Some(&b'-');
        if !shaped || text.len() > EVENT_DATE_BYTES_MAX {
            return Err(EventDateError);
        }
        let date = Self::read(text)?;
        // A leap second is read, and then means an instant that no read model can store.
        let leaps = date.instant.timestamp_subsec_nanos() >= 1_000_000_000;
        let stored = (1..=9_999).contains(&date.instant.year()) && !leaps;
        if stored { Ok(date) } else { Err(EventDateError) }
    }

    fn read(text: &str) -> Result<Self, EventDateError> {
        // Trying one format after the other took as long as the rest of a request's body.
        let instant = match text.split_once('T') {
            None => {
                let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
                let midnight = date.and_then(|date| date.and_hms_opt(0, 0, 0));
                let instant = midnight.ok_or(EventDateError)?.and_utc();
                return Ok(Self { text: format!("{text}T00:00:00"), instant });
            }
            Some((_, time)) if time.contains(['Z', 'z', '+', '-']) => with_offset(text),
            Some(_) => without_offset(text),
        };
        Ok(Self { text: text.to_owned(), instant: instant.ok_or(EventDateError)? })
    }

    /// As it was written; a date alone with `T00:00:00` after it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The instant it means.
    #[must_use]
    pub fn instant(&self) -> DateTime<Utc> {
        self.instant
    }
}

fn with_offset(text: &str) -> Option<DateTime<Utc>> {
    ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z"]
        .iter()
        .find_map(|format| DateTime::parse_from_str(text, format).ok())
        .map(|instant| instant.to_utc())
}

fn without_offset(text: &str) -> Option<DateTime<Utc>> {
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .map(|naive| naive.and_utc())
}

#[cfg(test)]
mod tests {
    use super::EventDate;
    use crate::caps::EVENT_DATE_BYTES_MAX;

    #[track_caller]
    fn reads(text: &str, echoed: &str, instant: &str) {
        let date = EventDate::parse(text).unwrap();
        assert_eq!((date.as_str(), date.instant().to_rfc3339().as_str()), (echoed, instant));
    }

    #[test]
    fn what_was_written_is_echoed_and_its_instant_is_known() {
        reads("2030-01-01T10:00:00", "2030-01-01T10:00:00", "2030-01-01T10:00:00+00:00");
        reads("2024-03-14T12:00:00Z", "2024-03-14T12:00:00Z", "2024-03-14T12:00:00+00:00");
        reads(
            "2030-01-01T10:00:00+02:00",
            "2030-01-01T10:00:00+02:00",
            "2030-01-01T08:00:00+00:00",
        );
        reads("2030-01-01T10:00", "2030-01-01T10:00", "2030-01-01T10:00:00+00:00");
        reads("2030-01-01T10:00:00.5Z", "2030-01-01T10:00:00.5Z", "2030-01-01T10:00:00.500+00:00");
        reads("2030-01-01", "2030-01-01T00:00:00", "2030-01-01T00:00:00+00:00");
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "demain",
            "2030-13-01",
            "2030-01-32T10:00:00",
            "10:00",
            "1893456000",
            "-5000-01-01",
            "+12345-01-01",
            "0000-01-01",
            "2030- 01-01",
            "2030-01-01 10:00:00",
            "2016-12-31T23:59:60Z",
            "2016-12-31T23:59:60.5",
        ] {
            assert!(EventDate::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_first_and_the_last_year_are_accepted() {
        assert!(EventDate::parse("0001-01-01T00:00:00Z").is_ok());
        assert!(EventDate::parse("9999-12-31T23:59:59Z").is_ok());
        assert!(EventDate::parse("9999-12-31T23:59:59-01:00").is_err());
    }

    #[test]
    fn the_longest_date_is_accepted_and_one_byte_more_is_not() {
        let longest = format!("2030-01-01T10:00:00.{}Z", "1".repeat(EVENT_DATE_BYTES_MAX - 21));
        assert!(EventDate::parse(&longest).is_ok());
        assert!(EventDate::parse(&longest.replace('Z', "1Z")).is_err());
    }
}
