//! What is looked at before a log is opened.
//!
//! **Invariant:** a log that has lost what it had acknowledged is not served.

use rusqlite::Connection;

use super::{OpenError, Seal, Seen, Snapshot, StorageError, Testimony, walk::Walk};

/// So many of the newest facts are walked along when the log is opened: a crash can have touched
/// only the newest.
const FACTS: u64 = 1024;

/// Check the end of the log against what its witness says, and the list of streams against its
/// index. Returns where the log ends.
pub(crate) fn check(
    file: &Connection,
    seal: &Seal,
    testimony: Testimony,
) -> Result<Seen, OpenError> {
    let (position, chain) = Snapshot::new(file, seal).head()?;
    match testimony {
        Testimony::Seen(seen) => check_witnessed(file, seen, position)?,
        Testimony::Unreadable => return Err(OpenError::Witness),
        Testimony::Missing => {
            if position > 0 {
                tracing::warn!(
                    "nothing says how far the log had got; it goes on from where it ends"
                );
            }
        }
    }
    let mut walk = Walk::from(file, position.saturating_sub(FACTS)).map_err(OpenError::Storage)?;
    while walk.step(file, seal, 256, |_| Ok(()))? > 0 {}
    check_names(file)?;
    Ok(Seen { position, chain })
}

fn check_witnessed(file: &Connection, seen: Seen, head: u64) -> Result<(), OpenError> {
    let Seen { position, chain } = seen;
    if position > head {
        return Err(OpenError::Short { head, acknowledged: position });
    }
    if Walk::from(file, position)?.chain != chain {
        let what = "it is not the one that was acknowledged";
        return Err(StorageError::Damaged { position, what }.into());
    }
    Ok(())
}

/// A stream that a damaged index hides would look like one that is not there, which no later read
/// could tell.
fn check_names(file: &Connection) -> Result<(), OpenError> {
    let said: String = file.query_row("PRAGMA integrity_check(streams)", [], |row| row.get(0))?;
    if said == "ok" {
        return Ok(());
    }
    let what = "the index of stream names does not match";
    Err(StorageError::StreamDamaged { stream: String::new(), what }.into())
}
