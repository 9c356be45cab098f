//! One person's key, and what it seals.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use schema::UserId;
use zeroize::Zeroizing;

use crate::{Keyring, keyring::random_key};

/// Encrypts and decrypts what names one person.
pub(crate) struct DataKey(RandomizedNonceKey);

impl DataKey {
    /// A new key for `user`, and its wrapped form for the log.
    pub(crate) fn generate(keyring: &Keyring, user: UserId) -> (Self, String) {
        let raw = random_key();
        let wrapped = seal(&keyring.master, &wrapping_context(user), &raw[..]);
        (Self::from_raw(&raw[..]).expect("a fresh key has the right length"), wrapped)
    }

    /// The key that the log holds for `user`; `None` when it is not wrapped by this master key.
    pub(crate) fn unwrap(keyring: &Keyring, user: UserId, wrapped: &str) -> Option<Self> {
        Self::from_raw(&open(&keyring.master, &wrapping_context(user), wrapped)?)
    }

    fn from_raw(raw: &[u8]) -> Option<Self> {
        RandomizedNonceKey::new(&AES_256_GCM_SIV, raw).ok().map(Self)
    }

    pub(crate) fn seal(&self, context: &str, clear: &[u8]) -> String {
        seal(&self.0, context, clear)
    }

    pub(crate) fn open(&self, context: &str, sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
        open(&self.0, context, sealed)
    }
}

/// What `wrapped` holds for `user`, wrapped by the master key of `to` instead of that of `from`.
pub(crate) fn rewrap(from: &Keyring, to: &Keyring, user: UserId, wrapped: &str) -> Option<String> {
    let raw = open(&from.master, &wrapping_context(user), wrapped)?;
    Some(seal(&to.master, &wrapping_context(user), &raw))
}

fn wrapping_context(user: UserId) -> String {
    format!("data key of {user}")
}

/// Base64 of nonce, ciphertext and tag.
fn seal(key: &RandomizedNonceKey, context: &str, clear: &[u8]) -> String {
    let mut bytes = clear.to_vec();
    let nonce = key
        .seal_in_place_append_tag(Aad::from(context.as_bytes()), &mut bytes)
        .expect("far below the algorithm's limit of 64 GiB");
    BASE64.encode([nonce.as_ref().as_slice(), &bytes].concat())
}

fn open(key: &RandomizedNonceKey, context: &str, sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(BASE64.decode(sealed).ok()?);
    let (nonce, ciphertext) = bytes.split_at_mut_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let clear = key.open_in_place(nonce, Aad::from(context.as_bytes()), ciphertext).ok()?;
    Some(Zeroizing::new(clear.to_vec()))
}

#[cfg(test)]
mod tests {
    use schema::UserId;

    use super::DataKey;
    use crate::{Keyring, Missing};

    fn keyring() -> Keyring {
        Keyring::open(tempfile::tempdir().unwrap().path(), Missing::Make).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_in_its_own_context_alone() {
        let (key, _) = DataKey::generate(&keyring(), UserId(7));
        let sealed = key.seal("user-7", b"Ada");
        assert_eq!(key.open("user-7", &sealed).unwrap().as_slice(), b"Ada");
        assert!(key.open("user-8", &sealed).is_none());
    }

    #[test]
    fn a_wrapped_key_opens_for_its_own_person_under_its_own_master_alone() {
        let keyring_of_log = keyring();
        let (key, wrapped) = DataKey::generate(&keyring_of_log, UserId(7));
        let unwrapped = DataKey::unwrap(&keyring_of_log, UserId(7), &wrapped).unwrap();
        assert_eq!(unwrapped.open("c", &key.seal("c", b"Ada")).unwrap().as_slice(), b"Ada");
        assert!(DataKey::unwrap(&keyring_of_log, UserId(8), &wrapped).is_none());
        assert!(DataKey::unwrap(&keyring(), UserId(7), &wrapped).is_none());
    }

    #[test]
    fn rubbish_does_not_open() {
        let (key, _) = DataKey::generate(&keyring(), UserId(7));
        for sealed in ["", "?", "c2hvcnQ=", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            assert!(key.open("user-7", sealed).is_none(), "{sealed:?}");
        }
    }
}
