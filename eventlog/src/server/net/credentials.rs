//! Who may call.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

/// The name that the password goes with.
pub(crate) const USER: &str = "admin";

/// What a caller must send, if anything.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    /// Digest of the whole header value: comparing digests tells nothing about the password by the
    /// time it takes.
    expected: Option<[u8; 32]>,
}

impl Credentials {
    /// Require `password`, or nothing.
    pub(crate) fn new(password: Option<&str>) -> Self {
        let expected = password.map(|password| {
            let header = format!("Basic {}", STANDARD.encode(format!("{USER}:{password}")));
            Sha256::digest(header).into()
        });
        Self { expected }
    }

    /// Whether a caller with this `authorization` header may call.
    pub(crate) fn admit(&self, authorization: Option<&[u8]>) -> bool {
        match self.expected {
            None => true,
            Some(expected) => {
                authorization.is_some_and(|header| Sha256::digest(header)[..] == expected)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_is_admitted_where_there_is_one() {
        let credentials = Credentials::new(Some("secret"));
        assert!(credentials.admit(Some(b"Basic YWRtaW46c2VjcmV0")));
        assert!(!credentials.admit(Some(b"Basic YWRtaW46d3Jvbmc=")));
        assert!(!credentials.admit(None));
    }

    #[test]
    fn everybody_is_admitted_where_there_is_none() {
        assert!(Credentials::new(None).admit(None));
    }
}
