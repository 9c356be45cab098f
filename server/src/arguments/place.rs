//! Where a log and its keys are, for the operator's commands.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Address;

#[derive(Debug, Args)]
pub(crate) struct Place {
    /// Where the keys are, and the log unless it is elsewhere
    #[arg(long, env = "REGISTRE_DATA", default_value = "./data")]
    pub(crate) data: PathBuf,
    /// The event log: esdb:// or kurrentdb:// (default: the embedded one, served at the moment or not)
    #[arg(long = "eventstore-url", env = "EVENTSTORE_URL", hide_env_values = true)]
    pub(crate) eventstore: Option<Address>,
    /// Where it is noted, outside the data, who was erased and which ids were given out (default:
    /// beside the data of an embedded log, else nowhere)
    #[arg(long, env = "REGISTRE_JOURNAL")]
    journal: Option<PathBuf>,
}

impl Place {
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
