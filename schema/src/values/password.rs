//! Passwords, for as long as it takes to hash them.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use crate::caps::PASSWORD_CHARS_MAX;

/// A password in NFC. Never printed, not even by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Why a string is not a [`Password`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Under the minimum of the route.
    #[error("password has fewer than {min} characters")]
    TooShort {
        /// The minimum.
        min: usize,
    },
    /// Over the limit.
    #[error("password has more than {PASSWORD_CHARS_MAX} characters")]
    TooLong,
    /// It holds U+0000.
    #[error("password has a NUL character")]
    Nul,
}

impl Password {
    /// Reads a password of at least `min` characters.
    ///
    /// # Errors
    ///
    /// [`PasswordError`].
    pub fn parse(text: &str, min: usize) -> Result<Self, PasswordError> {
        if text.chars().nth(PASSWORD_CHARS_MAX).is_some() {
            return Err(PasswordError::TooLong);
        }
        if text.contains('\0') {
            return Err(PasswordError::Nul);
        }
        if text.chars().count() < min {
            return Err(PasswordError::TooShort { min });
        }
        Ok(Self(text.nfc().collect()))
    }

    /// The bytes to hash.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The text, for rules on how easily it is guessed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::{Password, PasswordError};
    use crate::caps::PASSWORD_CHARS_MAX;

    #[test]
    fn both_spellings_of_an_accent_are_one_password() {
        assert_eq!(Password::parse("caf\u{e9}", 1), Password::parse("cafe\u{301}", 1));
    }

    #[test]
    fn limits_hold_at_n_and_n_plus_one() {
        assert!(Password::parse(&"a".repeat(PASSWORD_CHARS_MAX), 8).is_ok());
        let over = "a".repeat(PASSWORD_CHARS_MAX + 1);
        assert_eq!(Password::parse(&over, 1), Err(PasswordError::TooLong));
        assert!(Password::parse("12345678", 8).is_ok());
        assert_eq!(Password::parse("1234567", 8), Err(PasswordError::TooShort { min: 8 }));
        assert_eq!(Password::parse("", 1), Err(PasswordError::TooShort { min: 1 }));
    }

    #[test]
    fn debug_does_not_tell() {
        assert!(!format!("{:?}", Password::parse("secret", 1).unwrap()).contains("secret"));
    }
}
