//! What a stream's metadata document says about how much of the stream is readable.
//!
//! **Invariant:** a document that is not understood counts as an empty one; it is never an error,
//! because it has been written already (contract 2.10).

use serde_json::Value;

use super::clock::TICKS_PER_SECOND;

/// `$tb` of a stream that is deleted and may be created again.
pub(crate) const SOFT_DELETED: u64 = i64::MAX.cast_unsigned();

/// Limits of what is readable of a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    /// `$maxCount`: only so many of the newest facts.
    pub(crate) max_count: Option<u64>,
    /// `$maxAge`, in seconds: only facts that are not older.
    pub(crate) max_age_seconds: Option<u64>,
    /// `$tb`: only facts from this revision on.
    pub(crate) truncate_before: Option<u64>,
    /// `purge`, a key of ours: payloads are to be gone from the disk once the stream has ended, or
    /// once they have expired by `$maxAge`. What the other two limits hide stays there.
    pub(crate) purge: bool,
}

impl Settings {
    /// What `document` says.
    pub(crate) fn parse(document: &[u8]) -> Self {
        serde_json::from_slice(document)
            .ok()
            .and_then(|value| Self::from_value(&value))
            .unwrap_or_default()
    }

    fn from_value(value: &Value) -> Option<Self> {
        let document = value.as_object()?;
        let number = |key: &str, least: u64| match document.get(key) {
            None => Some(None),
            Some(value) => {
                value.as_u64().filter(|number| (least..=SOFT_DELETED).contains(number)).map(Some)
            }
        };
        if document.get("$acl").is_some_and(|acl| !acl.is_object()) {
            return None;
        }
        number("$cacheControl", 1)?;
        Some(Self {
            max_count: number("$maxCount", 1)?,
            max_age_seconds: number("$maxAge", 1)?,
            truncate_before: number("$tb", 0)?,
            purge: document.get("purge") == Some(&Value::Bool(true)),
        })
    }

    /// `$maxAge` in ticks.
    pub(crate) fn max_age_ticks(&self) -> Option<i64> {
        let seconds = i64::try_from(self.max_age_seconds?).unwrap_or(i64::MAX);
        Some(seconds.saturating_mul(TICKS_PER_SECOND))
    }

    /// Whether the stream is deleted and may be created again.
    pub(crate) fn soft_deleted(&self) -> bool {
        self.truncate_before == Some(SOFT_DELETED)
    }
}

/// `document` with `$tb` set to `truncate_before`. What is not an object becomes one.
pub(crate) fn with_truncate_before(document: &[u8], truncate_before: u64) -> Vec<u8> {
    let mut object = match serde_json::from_slice(document) {
        Ok(Value::Object(object)) => object,
        Ok(_) | Err(_) => serde_json::Map::new(),
    };
    object.insert("$tb".to_owned(), truncate_before.into());
    Value::Object(object).to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_that_is_not_understood_counts_as_empty() {
        for document in [
            r#"{"$maxCount":"#,
            r#"{"$maxCount":"two"}"#,
            r#"{"$maxCount":0}"#,
            r#"{"$maxCount":-1}"#,
            r#"{"$maxCount":2,"$acl":"$userStreamAcl"}"#,
            "[1]",
        ] {
            assert_eq!(Settings::parse(document.as_bytes()), Settings::default(), "{document}");
        }
    }

    #[test]
    fn the_three_limits_are_read_and_other_keys_are_left_alone() {
        let settings = Settings::parse(
            br#"{"$maxCount":2,"$maxAge":3,"$tb":0,"purge":true,"mine":[1],"$acl":{}}"#,
        );
        assert_eq!(
            settings,
            Settings {
                max_count: Some(2),
                max_age_seconds: Some(3),
                truncate_before: Some(0),
                purge: true
            }
        );
    }

    #[test]
    fn a_stream_that_is_created_again_keeps_its_other_settings() {
        let document = with_truncate_before(br#"{"$tb":9223372036854775807,"keep":"me"}"#, 4);
        assert_eq!(String::from_utf8_lossy(&document), r#"{"$tb":4,"keep":"me"}"#);
    }
}
