//! The two keys that never stand in the log.

use std::{collections::BTreeSet, fmt, fs, path::Path};

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
    /// Some data keys are wrapped by the one, some by the other.
    #[error("the master key is being changed: run registre keys rewrap until it is done")]
    Unfinished,
    /// A key file holds what nobody would draw by chance.
    #[error("{0} holds no key that was drawn by chance, but a sample")]
    Weak(String),
}

/// The files of the keys, and of the master key to come while everything is wrapped by it.
const MASTER: &str = "master.key";
const CLAIMS: &str = "claims.key";
const NEXT: &str = "master-next.key";

/// Length of a key of AES-256.
const KEY_BYTES: usize = 32;

/// So few different bytes are a sample, such as a word that is repeated.
const DIFFERENT_BYTES_MIN: usize = 8;

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
        if folder.join(NEXT).exists() {
            return Err(KeyringError::Unfinished);
        }
        let master = raw_key(&folder.join(MASTER), missing)?;
        let claims = raw_key(&folder.join(CLAIMS), missing)?;
        Ok(Self::new(&master, &claims))
    }

    /// The keys in `folder` while the master key changes: the one in use, the one to come, and the
    /// claim key that both share. The one to come is made on first use; until it is
    /// [put in place](Self::put_in_place), there is no [`Keyring::open`].
    ///
    /// # Errors
    ///
    /// [`KeyringError`].
    pub fn open_changing(folder: &Path) -> Result<(Self, Self), KeyringError> {
        let master = raw_key(&folder.join(MASTER), Missing::Refuse)?;
        let claims = raw_key(&folder.join(CLAIMS), Missing::Refuse)?;
        let next = raw_key(&folder.join(NEXT), Missing::Make)?;
        Ok((Self::new(&master, &claims), Self::new(&next, &claims)))
    }

    /// Gives the master key to come in `folder` the place of the one in use, which is gone from there
    /// on.
    ///
    /// # Errors
    ///
    /// [`KeyringError`].
    pub fn put_in_place(folder: &Path) -> Result<(), KeyringError> {
        let moved = fs::rename(folder.join(NEXT), folder.join(MASTER))
            .and_then(|()| fs::File::open(folder)?.sync_all());
        Ok(moved.map_err(|source| SecretFileError::Io { path: folder.join(NEXT), source })?)
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
    let key = key.map_err(|_| KeyringError::Malformed(path.display().to_string()))?;
    if is_weak(&key) {
        return Err(KeyringError::Weak(path.display().to_string()));
    }
    Ok(Zeroizing::new(key))
}

/// Whether nobody would draw `key` by chance: it holds hardly any two different bytes, or each is the
/// one before it plus the same number. Of keys that are drawn, fewer than one in 2^100 look so.
#[must_use]
pub fn is_weak(key: &[u8]) -> bool {
    let different: BTreeSet<&u8> = key.iter().collect();
    let steps: BTreeSet<u8> = key.windows(2).map(|two| two[1].wrapping_sub(two[0])).collect();
    different.len() <= DIFFERENT_BYTES_MIN || steps.len() == 1
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
    use base64::Engine;
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
    fn a_key_that_nobody_has_drawn_is_refused_and_named() {
        let counted: Vec<u8> = (0..32).collect();
        for sample in [[0; 32].as_slice(), &counted, b"changemechangemechangemechangeme"] {
            let folder = tempfile::tempdir().unwrap();
            drop(Keyring::open(folder.path(), Missing::Make).unwrap());
            let path = folder.path().join("master.key");
            std::fs::write(&path, super::BASE64.encode(sample)).unwrap();
            let refused = Keyring::open(folder.path(), Missing::Refuse);
            let Err(KeyringError::Weak(named)) = refused else { panic!("{refused:?}") };
            assert!(named.ends_with("master.key"), "{named}");
        }
    }

    #[test]
    fn hexadecimal_has_two_digits_a_byte() {
        assert_eq!(hex(&[0, 15, 255]), "000fff");
    }
}
