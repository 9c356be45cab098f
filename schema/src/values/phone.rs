//! Phone numbers.

use std::iter::once;

use unicode_normalization::UnicodeNormalization;

use crate::caps::{PHONE_BYTES_MAX, PHONE_CHARS_MAX};

/// A phone number as it was given. Liberal: letters are welcome, nothing is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneNumber(String);

/// Why a string is not a [`PhoneNumber`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// Nothing is left without spaces, dots, hyphens and brackets.
    #[error("phone number is blank")]
    Blank,
    /// It has control characters.
    #[error("phone number has control characters")]
    Control,
    /// Its normal form would turn a foreign letter into an ASCII one and so into somebody else's
    /// number (U+212A, the Kelvin sign, becomes `K`).
    #[error("phone number imitates another one")]
    Confusable,
    /// Over [`PHONE_CHARS_MAX`], not counting spaces, dots, hyphens and brackets.
    #[error("phone number has more than {PHONE_CHARS_MAX} characters")]
    TooLong,
}

impl PhoneNumber {
    /// Reads a phone number; its spelling is kept.
    ///
    /// # Errors
    ///
    /// [`PhoneError`].
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        if text.chars().any(char::is_control) {
            return Err(PhoneError::Control);
        }
        let imitates =
            |letter: char| !letter.is_ascii() && once(letter).nfc().any(|of| of.is_ascii());
        if text.chars().any(imitates) {
            return Err(PhoneError::Confusable);
        }
        let number = Self(text.trim().to_owned());
        match number.key().chars().count() {
            0 => Err(PhoneError::Blank),
            count if count > PHONE_CHARS_MAX || text.len() > PHONE_BYTES_MAX => {
                Err(PhoneError::TooLong)
            }
            _ => Ok(number),
        }
    }

    /// The number as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What makes two spellings the same number: the text without spaces, dots, hyphens and brackets.
    #[must_use]
    pub fn key(&self) -> String {
        let separates = |letter: &char| {
            letter.is_whitespace() || matches!(letter, '.' | '-' | '(' | ')' | '[' | ']')
        };
        self.0.chars().filter(|letter| !separates(letter)).nfc().collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert_eq, proptest};

    use super::{PhoneError, PhoneNumber};

    fn key(text: &str) -> String {
        PhoneNumber::parse(text).unwrap().key()
    }

    #[test]
    fn separators_make_no_other_number_and_the_spelling_is_kept() {
        for text in ["+44 20 7946 0958", "+44-20-7946-0958", "+44.20.(7946)0958"] {
            assert_eq!(key(text), "+442079460958");
            assert_eq!(PhoneNumber::parse(text).unwrap().as_str(), text);
        }
        assert_eq!(key("abc"), "abc");
        assert_ne!(key("abc"), key("ABC"));
    }

    #[test]
    fn fifteen_characters_are_accepted_and_sixteen_are_not() {
        assert!(PhoneNumber::parse("012345678901234").is_ok());
        assert_eq!(PhoneNumber::parse("0123456789012345"), Err(PhoneError::TooLong));
        let padded = format!("0{}1", " ".repeat(100));
        assert_eq!(PhoneNumber::parse(&padded), Err(PhoneError::TooLong));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "  ", "-- ()"] {
            assert_eq!(PhoneNumber::parse(text), Err(PhoneError::Blank), "{text:?}");
        }
        assert_eq!(PhoneNumber::parse("01\n23"), Err(PhoneError::Control));
    }

    #[test]
    fn an_imitation_of_an_ascii_number_is_refused() {
        for text in ["0\u{212a}1", "\u{37e}1"] {
            assert_eq!(PhoneNumber::parse(text), Err(PhoneError::Confusable), "{text:?}");
        }
        assert_ne!(key("\u{661}"), "1");
    }

    proptest! {
        #[test]
        fn check_58_the_key_of_a_key_is_itself(text in "\\PC{1,20}") {
            let Ok(number) = PhoneNumber::parse(&text) else { return Ok(()) };
            prop_assert_eq!(key(&number.key()), number.key());
        }

        #[test]
        fn check_58_numbers_differ_unless_they_differ_in_separators_alone(
            text in "[0-9+A-K\u{212a}\u{661}\u{ff11}\u{37e} .()-]{1,20}",
        ) {
            let Ok(number) = PhoneNumber::parse(&text) else { return Ok(()) };
            let left: String = text.chars().filter(|letter| !" .()-".contains(*letter)).collect();
            prop_assert_eq!(number.key(), left);
        }
    }

    #[test]
    fn the_key_is_a_fixed_point_for_every_letter() {
        for letter in ('\0'..=char::MAX).map(String::from) {
            let Ok(number) = PhoneNumber::parse(&letter) else { continue };
            assert_eq!(key(&number.key()), number.key(), "{letter:?}");
        }
    }
}
