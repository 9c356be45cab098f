//! Reaching the parts of a service from beside it: those that are named, or those that the service at
//! work in the data directory has started.

use std::{fs, io, path::Path};

use anyhow::{Context, Result, bail};
use eventlog::EventLog;
use schema::LogId;
use tracing::warn;
use vault::Vault;
use zeroize::Zeroizing;

use crate::{arguments::Beside, serve::existing};

/// In the data directory of a service at work: where the parts are that it has started. Holds their
/// passwords.
const RUNNING: &str = "running";

/// The parts that an operator's command needs.
pub(crate) struct Reach {
    pub(crate) log: EventLog,
    pub(crate) log_id: LogId,
    pub(crate) vault: Vault,
    pub(crate) database_url: Zeroizing<String>,
}

/// The file that says where the parts are; gone once it is dropped.
pub(crate) struct Running<'a>(&'a Path);

impl<'a> Running<'a> {
    /// Writes down where `log` and `database` are, for commands that are run beside the service.
    pub(crate) fn write(data: &'a Path, log: &str, database: &str) -> Result<Self> {
        let file = data.join(RUNNING);
        // Of one that was killed.
        remove(&file).with_context(|| format!("cannot remove {}", file.display()))?;
        vault::secret_file(&file, || Zeroizing::new(format!("{log}\n{database}\n")))?;
        Ok(Self(data))
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.0.join(RUNNING)) {
            warn!(%error, "the addresses of what has ended are still on disk");
        }
    }
}

fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

impl Reach {
    /// The parts of the service that `beside` names.
    pub(crate) async fn open(beside: &Beside) -> Result<Self> {
        let (log, database_url) = addresses(beside)?;
        let connecting = Box::pin(EventLog::connect(&log, eventlog::Options::default()));
        let log = connecting.await.context("EVENTSTORE_URL cannot be used")?;
        let (log_id, vault) = Box::pin(existing(&log, &beside.keys.beside(&beside.data))).await?;
        Ok(Self { log, log_id, vault, database_url })
    }
}

fn addresses(beside: &Beside) -> Result<(Zeroizing<String>, Zeroizing<String>)> {
    let owned = |text: &str| Zeroizing::new(text.to_owned());
    match (&beside.eventstore_url, &beside.database_url) {
        (Some(log), Some(database)) => Ok((owned(log.as_str()), owned(database.as_str()))),
        (log, database) => {
            let told = vault::stored_secret(&beside.data.join(RUNNING))?;
            let Some((own_log, own_database)) = told.as_deref().and_then(|told| parse(told)) else {
                bail!(
                    "no service is at work in {}: start it, or name EVENTSTORE_URL and \
                     DATABASE_URL",
                    beside.data.display()
                );
            };
            let log = log.as_ref().map_or(own_log, |log| log.as_str());
            let database = database.as_ref().map_or(own_database, |database| database.as_str());
            Ok((owned(log), owned(database)))
        }
    }
}

fn parse(told: &str) -> Option<(&str, &str)> {
    told.trim_end().split_once('\n')
}

#[cfg(test)]
mod tests {
    use super::{RUNNING, Running, parse};

    #[test]
    fn addresses_are_there_for_as_long_as_the_service_is() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(RUNNING), "of one that was killed").unwrap();
        let running = Running::write(folder.path(), "esdb://log", "host=/tmp").unwrap();
        let told = vault::stored_secret(&folder.path().join(RUNNING)).unwrap().unwrap();
        assert_eq!(parse(&told), Some(("esdb://log", "host=/tmp")));
        drop(running);
        assert!(!folder.path().join(RUNNING).exists());
    }
}
