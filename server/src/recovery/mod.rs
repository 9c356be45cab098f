//! `registre backup` and `registre restore`: the embedded log and its keys, together.
//!
//! ```text
//! DIR/log/             the log, without what the data keys' streams say
//! DIR/data-keys.until-…  what they say: to be deleted on that day
//! DIR/keys/            master key, claim key, signing keys
//! ```
//!
//! **Invariant:** an erasure takes a person's key out of the log. It reaches backups as well, because
//! data keys are in a file of their own, whose name says how long it may be kept.

mod backup;
mod restore;

pub(crate) use self::{backup::run as backup, restore::run as restore};

/// How the name of the file with the data keys begins; then comes the day to delete it.
const DATA_KEYS: &str = "data-keys.until-";
/// How the names of streams with data keys begin.
const STREAMS: &str = "key-";
