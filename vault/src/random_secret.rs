//! Texts that nobody can guess.

use aws_lc_rs::rand;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

/// 256 random bits as 43 characters that mean nothing in a URL, a header or a shell.
///
/// # Panics
///
/// When the system has no randomness to give.
#[must_use]
pub fn random_secret() -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    rand::fill(&mut bytes[..]).expect("the system has randomness");
    Zeroizing::new(URL_SAFE_NO_PAD.encode(&bytes[..]))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::random_secret;

    #[test]
    fn check_37_of_ten_thousand_no_two_are_alike_and_none_is_short() {
        let secrets: HashSet<String> = (0..10_000).map(|_| random_secret().to_string()).collect();
        assert_eq!(secrets.len(), 10_000);
        // 43 characters of 64 hold 256 bits.
        assert!(secrets.iter().all(|secret| secret.len() == 43));
    }
}
