//! The two keys that never stand in the log.

use std::{fmt, fs, path::Path};

use aws_lc_rs::{
    aead::{AES_256_GCM_SIV, RandomizedNonceKey},
    hmac, rand,
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use schema::ClaimHash;
use zeroize::Zeroizing;

use crate::{SecretFileError, secret_file, stored_secret};

/// The master key, which wraps data keys, and the claim key, by which values that only one may hold
/// become stream names. The claim key never rotates: with another one, every claim would be free
/// again.
pub struct Keyring {
    pub(crate) master: RandomizedNonceKey,
    pub(crate) master_id: String,
    claims: hmac::Key,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").field("master_id", &self.master_id).finish_non_exhaustive()
    }
}

/// Why there is no [`Keyring`].
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// A key file cannot be used.
    #[error(transparent)]
    File(#[from] SecretFileError),
    /// A key file is not there, and a new one would open nothing.
    #[error("{0} is missing; bring it back from a backup: this log cannot be read without it")]
    Missing(String),
    /// A key file does not hold 32 bytes in base64.
    #[error("{0} does not hold a key of 32 bytes in base64")]
    Malformed(String),
}

/// Length of a key of AES-256.
const KEY_BYTES: usize = 32;

/// What to do about a key that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Make it: nothing has been written yet.
    Make,
    /// Refuse: what was written with the key that is gone cannot be read with another.
    Refuse,
}

type RawKey = Zeroizing<[u8; KEY_BYTES]>;

impl Keyring {
    /// The keys in `folder`. Where one is missing, `missing` says what to do.
    ///
    /// # Errors
    ///
    /// [`KeyringError`].
    pub fn open(folder: &Path, missing: Missing) -> Result<Self, KeyringError> {
        fs::create_dir_all(folder)
            .map_err(|source| SecretFileError::Io { path: folder.to_owned(), source })?;
        let master = raw_key(&folder.join("master.key"), missing)?;
        let claims = raw_key(&folder.join("claims.key"), missing)?;
        Ok(Self::new(&master, &claims))
    }

    fn new(master: &RawKey, claims: &RawKey) -> Self {
        let name = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &master[..]), b"master key id");
        Self {
            master: RandomizedNonceKey::new(&AES_256_GCM_SIV, &master[..])
                .expect("the length is that of the algorithm"),
            master_id: hex(&name.as_ref()[..8]),
            claims: hmac::Key::new(hmac::HMAC_SHA256, &claims[..]),
        }
    }

    /// What stands in a stream name for `value`; `kind` keeps equal values of two kinds apart.
    #[must_use]
    pub fn claim(&self, kind: &str, value: &str) -> ClaimHash {
        ClaimHash(self.keyed_hash(kind, value))
    }

    /// Stands for an address that is nobody's data, such as where an anonymous request came from.
    #[must_use]
    pub fn keyed_hash(&self, kind: &str, value: &str) -> String {
        let mut context = hmac::Context::with_key(&self.claims);
        context.update(kind.as_bytes());
        context.update(&[0]);
        context.update(value.as_bytes());
        hex(context.sign().as_ref())
    }

    /// Names the master key, without telling it.
    #[must_use]
    pub fn master_id(&self) -> &str {
        &self.master_id
    }

    /// Shows whether two rings have the same claim key, without telling it.
    #[must_use]
    pub fn claim_key_check(&self) -> String {
        self.keyed_hash("check", "claim key")
    }
}

fn raw_key(path: &Path, missing: Missing) -> Result<RawKey, KeyringError> {
    let text = match missing {
        Missing::Make => secret_file(path, || Zeroizing::new(BASE64.encode(&random_key()[..])))?,
        Missing::Refuse => {
            stored_secret(path)?.ok_or_else(|| KeyringError::Missing(path.display().to_string()))?
        }
    };
    let bytes = Zeroizing::new(BASE64.decode(text.trim()).unwrap_or_default());
    let key = <[u8; KEY_BYTES]>::try_from(bytes.as_slice());
    key.map(Zeroizing::new).map_err(|_| KeyringError::Malformed(path.display().to_string()))
}

pub(crate) fn random_key() -> RawKey {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    rand::fill(&mut key[..]).expect("the system has randomness");
    key
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(digit).collect()
}

fn digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).expect("four bits are one digit")
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::{Keyring, KeyringError, Missing, hex};

    fn open(folder: &TempDir) -> Keyring {
        Keyring::open(folder.path(), Missing::Make).unwrap()
    }

    #[test]
    fn a_missing_key_is_named_and_not_made_where_it_would_open_nothing() {
        let folder = tempfile::tempdir().unwrap();
        drop(open(&folder));
        let master = folder.path().join("master.key");
        std::fs::remove_file(&master).unwrap();
        let refused = Keyring::open(folder.path(), Missing::Refuse);
        assert!(
            matches!(refused, Err(KeyringError::Missing(path)) if path.ends_with("master.key"))
        );
        assert!(!master.exists());
    }

    #[test]
    fn keys_are_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let first = Keyring::open(folder.path(), Missing::Make).unwrap();
        let again = Keyring::open(folder.path(), Missing::Make).unwrap();
        assert_eq!(first.claim_key_check(), again.claim_key_check());
        assert_eq!(first.master_id, again.master_id);
    }

    #[test]
    fn two_rings_claim_differently() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (one, two) = (open(&one), open(&two));
        assert_ne!(one.claim("email", "a@b.c"), two.claim("email", "a@b.c"));
        assert_ne!(one.claim("email", "a@b.c"), one.claim("title", "a@b.c"));
    }

    #[test]
    fn a_key_of_the_wrong_length_is_named() {
        let folder = tempfile::tempdir().unwrap();
        drop(Keyring::open(folder.path(), Missing::Make).unwrap());
        std::fs::write(folder.path().join("claims.key"), "c2hvcnQ=").unwrap();
        assert!(matches!(
            Keyring::open(folder.path(), Missing::Make),
            Err(KeyringError::Malformed(_))
        ));
    }

    #[test]
    fn hexadecimal_has_two_digits_a_byte() {
        assert_eq!(hex(&[0, 15, 255]), "000fff");
    }
}
