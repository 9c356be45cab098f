//! The directory's tokens: the same for one spelling and one key whenever it is asked for, and stored
//! nowhere.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use schema::{ApiKeyId, UserId};
use uuid::Uuid;

use super::keys::{ApiKey, Directory};

/// What names the key in a token: the beginning of its hash, as text, or the id under which it was
/// issued.
const KEY_BYTES: usize = 16;

/// How much of the code that proves the token stands in it, as text (128 bits).
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
        let mut bytes = Vec::with_capacity(16 + KEY_BYTES + CODE_CHARS);
        bytes.extend(entry.user.0.to_be_bytes());
        bytes.extend(entry.spelling.to_be_bytes());
        match key {
            ApiKey::Configured(hash) => bytes.extend(hash.0.bytes().take(KEY_BYTES)),
            ApiKey::Issued(id) => bytes.extend(id.0.into_bytes()),
        }
        bytes.extend(self.code(entry, key).bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What `token` is about, and the key that it was given for; `None` when we have not given it
    /// out, or that key stands in the configuration no more. Whether an issued one counts, the log
    /// says.
    pub(super) fn entry(&self, token: &str) -> Option<(Entry, ApiKey)> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (user, rest) = bytes.split_first_chunk::<8>()?;
        let (spelling, rest) = rest.split_first_chunk::<8>()?;
        let (named, code) = rest.split_first_chunk::<KEY_BYTES>()?;
        let configured = std::str::from_utf8(named).ok();
        let configured = configured.and_then(|hash| self.beginning_with(hash));
        let key = configured.unwrap_or(ApiKey::Issued(ApiKeyId(Uuid::from_bytes(*named))));
        let entry = Entry {
            user: UserId(i64::from_be_bytes(*user)),
            spelling: u64::from_be_bytes(*spelling),
        };
        // Compared by their hashes, so that the time that it takes tells nothing.
        let proof = |code: &str| self.vault.claim("directory-code", code);
        let sent = proof(std::str::from_utf8(code).ok()?);
        (sent == proof(&self.code(entry, &key))).then_some((entry, key))
    }

    fn code(&self, entry: Entry, key: &ApiKey) -> String {
        let key = match key {
            ApiKey::Configured(hash) => hash.to_string(),
            ApiKey::Issued(id) => id.to_string(),
        };
        let said = format!("{}\n{}\n{key}", entry.user, entry.spelling);
        let mut code = self.vault.claim("directory-token", &said).0;
        code.truncate(CODE_CHARS);
        code
    }
}
