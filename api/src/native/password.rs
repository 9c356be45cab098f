//! New passwords, as this API takes them: long enough, and not among the first that anybody would try
//! (OWASP ASVS 5.0, V6.2.4 and V6.2.11). The façades' clients know no such rule.

use std::fmt;

use schema::{
    Password, PasswordError,
    caps::{GUESSABLE_CHARS_MAX, GUESSES_MIN, NATIVE_PASSWORD_CHARS_MIN},
};
use zxcvbn::zxcvbn;

/// The product's name, which is tried first.
const PRODUCT: &str = "registre";

/// Why a password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NewPasswordError {
    /// It is too short, too long, or cannot be one.
    Malformed(PasswordError),
    /// It is guessed as soon as one of the most common ones.
    Guessable,
}

impl fmt::Display for NewPasswordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => error.fmt(f),
            Self::Guessable => {
                f.write_str("the password is among the first that anybody would try")
            }
        }
    }
}

/// Reads a new password. What the account is known by, such as its address, is as good as public.
pub(crate) fn new_password(
    text: &str,
    known_by: Option<&str>,
) -> Result<Password, NewPasswordError> {
    let password = Password::parse(text, NATIVE_PASSWORD_CHARS_MIN);
    let password = password.map_err(NewPasswordError::Malformed)?;
    if is_guessable(&password, known_by) { Err(NewPasswordError::Guessable) } else { Ok(password) }
}

/// Whether `password` is among the first that anybody would try on an account that is `known_by` this.
pub(crate) fn is_guessable(password: &Password, known_by: Option<&str>) -> bool {
    let text = password.as_str();
    let local_part = known_by.and_then(|address| Some(address.rsplit_once('@')?.0));
    let words: Vec<&str> = [Some(PRODUCT), known_by, local_part].into_iter().flatten().collect();
    // No common one is longer, and the longer it is, the longer it takes to tell.
    let short = text.chars().nth(GUESSABLE_CHARS_MAX).is_none();
    short && zxcvbn(text, &words).guesses() <= GUESSES_MIN
}

#[cfg(test)]
mod tests {
    use super::{NewPasswordError, new_password};

    fn refused(text: &str, known_by: Option<&str>) -> bool {
        new_password(text, known_by) == Err(NewPasswordError::Guessable)
    }

    #[test]
    fn check_12_what_everybody_tries_first_is_refused() {
        for text in ["password", "12345678", "iloveyou", "princess", "qwertyuiop", "aaaaaaaa"] {
            assert!(refused(text, None), "{text}");
        }
        assert!(refused("registre", None));
        assert!(refused("REGISTRE", None));
        assert!(refused("lovelace1815", Some("lovelace1815@example.com")));
        assert!(!refused("lovelace1815", Some("ada@example.com")));
    }

    #[test]
    fn check_13_whatever_is_hard_to_guess_is_taken_without_any_rule_of_composition() {
        for text in ["xkqzvjwpmtrbgnfhylds", "correct horse battery", "\u{1f510}\u{1f511} clefs"] {
            assert!(new_password(text, None).is_ok(), "{text}");
        }
        assert!(matches!(new_password("short", None), Err(NewPasswordError::Malformed(_))));
    }
}
