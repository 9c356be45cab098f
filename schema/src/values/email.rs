//! E-mail addresses.

use unicode_normalization::UnicodeNormalization;

use crate::caps::EMAIL_BYTES_MAX;

/// An address as it was spelled. Liberal: `local@domain.tld`, any script, nothing looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailAddress(String);

/// Why a string is not an [`EmailAddress`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Not `local@domain.tld`, or it has spaces or control characters.
    #[error("value is not a valid email address")]
    Malformed,
    /// Its normal form would turn a foreign letter into an ASCII one and so into somebody else's
    /// address (U+212A, the Kelvin sign, lower-cases to `k`).
    #[error("value is not a valid email address: it imitates another one")]
    Confusable,
    /// Over [`EMAIL_BYTES_MAX`].
    #[error("value is not a valid email address: it is too long")]
    TooLong,
}

fn normal_form(text: &str) -> String {
    // Lower-casing can undo NFC (U+0130 becomes two characters), so NFC comes last as well.
    text.nfc().flat_map(char::to_lowercase).nfc().collect()
}

fn imitates_ascii(text: &str) -> bool {
    text.chars().filter(|letter| !letter.is_ascii()).any(|letter| {
        let alone: String = normal_form(letter.encode_utf8(&mut [0; 4]));
        alone.chars().any(|letter| letter.is_ascii())
    })
}

impl EmailAddress {
    /// Reads an address; its spelling is kept.
    ///
    /// # Errors
    ///
    /// [`EmailError`].
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        if text.len() > EMAIL_BYTES_MAX {
            return Err(EmailError::TooLong);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(EmailError::Malformed)?;
        let labels_stand = domain.split('.').all(|label| !label.is_empty());
        let well_formed = !local.is_empty()
            && !local.contains('@')
            && domain.contains('.')
            && labels_stand
            && !text.chars().any(|letter| letter.is_whitespace() || letter.is_control());
        if !well_formed {
            return Err(EmailError::Malformed);
        }
        if imitates_ascii(text) {
            return Err(EmailError::Confusable);
        }
        Ok(Self(text.to_owned()))
    }

    /// The spelling that was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What makes two spellings the same address: NFC and lower case.
    #[must_use]
    pub fn key(&self) -> String {
        normal_form(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};

    use super::{EmailAddress, EmailError, normal_form};
    use crate::caps::EMAIL_BYTES_MAX;

    #[test]
    fn the_spelling_is_kept_and_the_key_is_folded() {
        let address = EmailAddress::parse("testMail0@Example.com").unwrap();
        assert_eq!(address.as_str(), "testMail0@Example.com");
        assert_eq!(address.key(), "testmail0@example.com");
    }

    #[test]
    fn accents_are_welcome_and_composed() {
        let composed = EmailAddress::parse("h\u{e9}l\u{e8}ne.lemaire@outlook.com").unwrap();
        let decomposed = EmailAddress::parse("he\u{301}le\u{300}ne.lemaire@outlook.com").unwrap();
        assert_eq!(composed.key(), decomposed.key());
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in
            ["", "a", "@", "a@", "@b.c", "a@b", "a@.c", "a@b.", "a b@c.d", "a@b@c.d", "a\0@b.c"]
        {
            assert_eq!(EmailAddress::parse(text), Err(EmailError::Malformed), "{text:?}");
        }
    }

    #[test]
    fn an_imitation_of_an_ascii_address_is_refused() {
        for text in ["\u{212a}im@example.com", "a@\u{212a}.com", "m\u{130}ke@example.com"] {
            assert_eq!(EmailAddress::parse(text), Err(EmailError::Confusable), "{text:?}");
        }
    }

    #[test]
    fn the_longest_address_is_accepted_and_one_byte_more_is_not() {
        let longest = format!("{}@b.c", "a".repeat(EMAIL_BYTES_MAX - 4));
        assert!(EmailAddress::parse(&longest).is_ok());
        assert_eq!(EmailAddress::parse(&format!("a{longest}")), Err(EmailError::TooLong));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn check_57_the_key_of_a_key_is_itself(text in "\\PC{1,12}@\\PC{1,8}\\.\\PC{1,4}") {
            let Ok(address) = EmailAddress::parse(&text) else { return Ok(()) };
            let key = address.key();
            let again = EmailAddress::parse(&key).map(|address| address.key());
            prop_assert_eq!(again.ok(), Some(key));
        }

        #[test]
        fn check_57_only_the_case_of_an_ascii_address_can_differ(
            text in "[a-cA-CkKsS\u{131}\u{130}\u{17f}\u{212a}\u{ff4b}\u{301}.]{1,8}@[a-cK\u{212a}]{1,4}\\.fr",
        ) {
            let Ok(address) = EmailAddress::parse(&text) else { return Ok(()) };
            if text.is_ascii() {
                prop_assert_eq!(address.key(), text.to_ascii_lowercase());
            } else {
                prop_assert!(!address.key().is_ascii());
            }
        }
    }

    #[test]
    fn the_normal_form_is_a_fixed_point_for_every_letter() {
        for letter in ('\0'..=char::MAX).map(String::from) {
            let once = normal_form(&letter);
            assert_eq!(normal_form(&once), once, "{letter:?}");
        }
    }
}
