//! Where a log and its keys are.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Address;

/// Where the keys are.
#[derive(Debug, Args)]
pub(crate) struct KeyFolder {
    /// Where the keys are, if they are to be kept apart from what they open (default: keys in the data
    /// directory)
    #[arg(long = "keys", env = "REGISTRE_KEYS")]
    named: Option<PathBuf>,
}

impl KeyFolder {
    /// The folder, beside what else there is in `data` where nobody has named one.
    pub(crate) fn beside(&self, data: &Path) -> PathBuf {
        self.named.clone().unwrap_or_else(|| data.join("keys"))
    }
}

#[derive(Debug, Args)]
pub(crate) struct Place {
    /// Where the keys are, and the log unless it is elsewhere
    #[arg(long, env = "REGISTRE_DATA", default_value = "./data")]
    pub(crate) data: PathBuf,
    #[command(flatten)]
    keys: KeyFolder,
    /// The event log: esdb:// or kurrentdb:// (default: the embedded one, served at the moment or not)
    #[arg(long = "eventstore-url", env = "EVENTSTORE_URL", hide_env_values = true)]
    pub(crate) eventstore: Option<Address>,
    /// Where it is noted, outside the data, who was erased and which ids were given out (default:
    /// beside the data of an embedded log, else nowhere)
    #[arg(long, env = "REGISTRE_JOURNAL")]
    journal: Option<PathBuf>,
}

impl Place {
    /// Where the keys are.
    pub(crate) fn keys(&self) -> PathBuf {
        self.keys.beside(&self.data)
    }

    /// Where the journal is.
    pub(crate) fn journal(&self) -> Option<PathBuf> {
        journal(self.journal.as_deref(), &self.data, self.eventstore.is_none())
    }
}

/// The journal that was `given`, or the one beside `data` where the log is `standalone`.
pub(crate) fn journal(given: Option<&Path>, data: &Path, standalone: bool) -> Option<PathBuf> {
    if let Some(given) = given {
        return Some(given.to_owned());
    }
    if !standalone {
        return None;
    }
    // A directory that is named by dots has a name of its own all the same.
    let data = data.canonicalize().unwrap_or_else(|_| data.to_owned());
    let mut name = data.file_name()?.to_owned();
    name.push(".journal");
    Some(data.with_file_name(name))
}
