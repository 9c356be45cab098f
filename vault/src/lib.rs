//! Personal data: sealed with one key per person, and unreadable once that key is gone.
//!
//! Each person's data key stands in the log, in `key-<id>`, wrapped by the master key, which never
//! does. Whatever names a person inside a fact is sealed with that data key from the first fact on.
//!
//! **Invariant:** nothing here decides who may read. A sealed text opens only as the fact it was
//! sealed for: its stream, type and id are authenticated with it, so it cannot be moved.

mod data_key;
mod key_cache;
mod keyring;
mod random_secret;
mod secret_file;
mod vault;

pub use keyring::{Keyring, KeyringError, Missing, is_weak};
pub use random_secret::random_secret;
pub use secret_file::{SecretFileError, replace_secret, secret_file, stored_secret};
pub use vault::{Opened, Vault, VaultError};
