//! What is looked at before a log is opened.
//!
//! **Invariant:** a log that has lost what it had acknowledged is not served.

use rusqlite::Connection;

use super::{OpenError, Seal, Seen, Snapshot, Testimony, names, walk::Walk};

/// So many of the newest facts are walked along when the log is opened: a crash can have touched
/// only the newest.
const FACTS: u64 = 1024;

/// Check the end of the log against what its witness says, and the streams against the index of
/// their names. Returns where the log ends.
pub(crate) fn check(
    file: &Connection,
    seal: &Seal,
    testimony: Testimony,
) -> Result<Seen, OpenError> {
    let (position, chain) = Snapshot::new(file, seal).head()?;
    testimony.compare(file, position)?;
    let mut walk = Walk::from(file, position.saturating_sub(FACTS))?;
    while walk.step(file, seal, 256, |_| Ok(()))? > 0 {}
    names::check(file)?;
    Ok(Seen { position, chain })
}
