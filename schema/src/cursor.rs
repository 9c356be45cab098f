//! The one cursor that leaves the house.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::LogId;

/// `<log id>-<position>`: a place in one particular log. Opaque to clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cursor {
    /// Which log.
    pub log: LogId,
    /// Where in it.
    pub position: u64,
}

/// Why a string is not a [`Cursor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor")]
pub struct CursorError;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.log, self.position)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let (log, position) = text.rsplit_once('-').ok_or(CursorError)?;
        if log.len() != 32 || !position.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(CursorError);
        }
        Ok(Self {
            log: LogId(Uuid::try_parse(log).map_err(|_| CursorError)?),
            position: position.parse().map_err(|_| CursorError)?,
        })
    }
}

impl TryFrom<String> for Cursor {
    type Error = CursorError;

    fn try_from(text: String) -> Result<Self, CursorError> {
        text.parse()
    }
}

impl From<Cursor> for String {
    fn from(cursor: Cursor) -> Self {
        cursor.to_string()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::Cursor;
    use crate::LogId;

    #[test]
    fn what_is_written_is_read() {
        let cursor = Cursor { log: LogId(Uuid::from_u128(7)), position: 42 };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "-", "7", "00000000000000000000000000000007", "x-1"] {
            assert!(text.parse::<Cursor>().is_err(), "{text:?}");
        }
        for end in ["", "-1", "+1", " 1", "18446744073709551616"] {
            let text = format!("00000000000000000000000000000007-{end}");
            assert!(text.parse::<Cursor>().is_err(), "{text:?}");
        }
    }
}
