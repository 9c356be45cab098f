//! The directory's tokens: the same for one spelling and one key whenever it is asked for, and stored
//! nowhere.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use schema::UserId;

use super::keys::{ApiKey, Directory};

/// How much of the key's hash and of the code that proves the token stands in it, in bytes of text
/// (64 and 128 bits).
const KEY_CHARS: usize = 16;
const CODE_CHARS: usize = 32;

/// What a token is about: an account and the revision at which a spelling of its address is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) user: UserId,
    pub(super) spelling: u64,
}

impl Directory {
    /// The token for `entry`, given out to whoever has `key`.
    pub(super) fn token(&self, entry: Entry, key: &ApiKey) -> String {
        let mut bytes = Vec::with_capacity(16 + KEY_CHARS + CODE_CHARS);
        bytes.extend(entry.user.0.to_be_bytes());
        bytes.extend(entry.spelling.to_be_bytes());
        bytes.extend(key.0.0.bytes().take(KEY_CHARS));
        bytes.extend(self.code(entry, key).bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What `token` is about; `None` when we have not given it out, or its key counts no more.
    pub(super) fn entry(&self, token: &str) -> Option<Entry> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (user, rest) = bytes.split_first_chunk::<8>()?;
        let (spelling, rest) = rest.split_first_chunk::<8>()?;
        let (hash, code) = rest.split_at_checked(KEY_CHARS)?;
        let key = self.beginning_with(std::str::from_utf8(hash).ok()?)?;
        let entry = Entry {
            user: UserId(i64::from_be_bytes(*user)),
            spelling: u64::from_be_bytes(*spelling),
        };
        // Compared by their hashes, so that the time that it takes tells nothing.
        let proof = |code: &str| self.vault.claim("directory-code", code);
        let sent = proof(std::str::from_utf8(code).ok()?);
        (sent == proof(&self.code(entry, &key))).then_some(entry)
    }

    fn code(&self, entry: Entry, key: &ApiKey) -> String {
        let said = format!("{}\n{}\n{}", entry.user, entry.spelling, key.0);
        let mut code = self.vault.claim("directory-token", &said).0;
        code.truncate(CODE_CHARS);
        code
    }
}
