//! Text.

use crate::caps::{LINE_CHARS_MAX, MESSAGE_CHARS_MAX};

/// One line: a name, a title, a place. Not empty, no control characters, at most `chars_max`
/// characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line(String);

/// Why a string is not a [`Line`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Nothing, or nothing but white space.
    #[error("text is empty")]
    Empty,
    /// A line break, an escape or the like, which would forge lines elsewhere.
    #[error("text has control characters")]
    Control,
    /// Over the limit.
    #[error("text has more than {max} characters")]
    TooLong {
        /// The limit.
        max: usize,
    },
}

impl Line {
    /// Reads a line of at most [`LINE_CHARS_MAX`] characters.
    ///
    /// # Errors
    ///
    /// [`LineError`].
    pub fn parse(text: &str) -> Result<Self, LineError> {
        if text.chars().any(char::is_control) {
            return Err(LineError::Control);
        }
        Self::paragraph(text, LINE_CHARS_MAX)
    }

    /// Reads text that may have line breaks, of at most `max` characters.
    ///
    /// # Errors
    ///
    /// [`LineError`].
    pub fn paragraph(text: &str, max: usize) -> Result<Self, LineError> {
        if text.trim().is_empty() {
            return Err(LineError::Empty);
        }
        if text.contains('\0') {
            return Err(LineError::Control);
        }
        if text.chars().nth(max).is_some() {
            return Err(LineError::TooLong { max });
        }
        Ok(Self(text.to_owned()))
    }

    /// The text as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text of a message. Not blank, at most [`MESSAGE_CHARS_MAX`] characters, no NUL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageText(String);

/// Why a string is not a [`MessageText`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("message is blank")]
    Blank,
    /// It holds U+0000, which no read model can store.
    #[error("message has a NUL character")]
    Nul,
    /// Over the limit.
    #[error("message has more than {MESSAGE_CHARS_MAX} characters")]
    TooLong,
}

impl MessageText {
    /// Reads the text of a message.
    ///
    /// # Errors
    ///
    /// [`TextError`].
    pub fn parse(text: &str) -> Result<Self, TextError> {
        Line::paragraph(text, MESSAGE_CHARS_MAX).map(|line| Self(line.0)).map_err(|error| {
            match error {
                LineError::Empty => TextError::Blank,
                LineError::Control => TextError::Nul,
                LineError::TooLong { .. } => TextError::TooLong,
            }
        })
    }

    /// The text as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, LineError, MessageText, TextError};
    use crate::caps::{LINE_CHARS_MAX, MESSAGE_CHARS_MAX};

    #[test]
    fn the_longest_line_is_accepted_and_one_character_more_is_not() {
        assert!(Line::parse(&"\u{e9}".repeat(LINE_CHARS_MAX)).is_ok());
        let over = "\u{e9}".repeat(LINE_CHARS_MAX + 1);
        assert_eq!(Line::parse(&over), Err(LineError::TooLong { max: LINE_CHARS_MAX }));
    }

    #[test]
    fn a_line_that_could_forge_another_is_refused() {
        for text in ["a\nb", "a\rb", "\u{1b}[31m", "a\0"] {
            assert_eq!(Line::parse(text), Err(LineError::Control), "{text:?}");
        }
    }

    #[test]
    fn the_longest_message_is_accepted_and_one_character_more_is_not() {
        assert!(MessageText::parse(&"a".repeat(MESSAGE_CHARS_MAX)).is_ok());
        let over = "a".repeat(MESSAGE_CHARS_MAX + 1);
        assert_eq!(MessageText::parse(&over), Err(TextError::TooLong));
    }

    #[test]
    fn a_blank_message_is_refused_and_line_breaks_are_welcome() {
        assert_eq!(MessageText::parse(" \n\t"), Err(TextError::Blank));
        assert_eq!(MessageText::parse("a\0"), Err(TextError::Nul));
        assert!(MessageText::parse("a\nb").is_ok());
    }
}
