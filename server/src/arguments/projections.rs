//! `registre projections …`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use schema::caps::PROJECTION_BATCH_MAX;

use super::{Address, KeyFolder};

#[derive(Debug, Subcommand)]
pub(crate) enum Projections {
    /// Where the read models stand, and which streams wait behind a fact that could not be applied
    Status(Beside),
    /// Make read models beside the live ones; Ctrl-C stops it, and the same command goes on
    Rebuild(Rebuild),
    /// Compare them with the live ones, both as of one position; exit code 1 where they differ
    Diff(Beside),
    /// Compare them, and put them in the place of the live ones at once
    Swap(Swap),
    /// Put those back that were live before the last swap
    Rollback(Beside),
    /// Forget what stands beside the live read models. Neither the new ones nor the former ones hear
    /// of people who are erased
    Forget(Beside),
    /// Try the facts of a quarantined stream again, in their order
    Retry {
        /// Which stream
        stream: String,
        #[command(flatten)]
        beside: Beside,
    },
}

/// A service that is at work, here or elsewhere.
#[derive(Debug, Args)]
pub(crate) struct Beside {
    /// The event log: esdb:// or kurrentdb:// (default: that of the service at work in --data)
    #[arg(long, env = "EVENTSTORE_URL", hide_env_values = true)]
    pub(crate) eventstore_url: Option<Address>,
    /// The read models: postgres:// (default: those of the service at work in --data)
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub(crate) database_url: Option<Address>,
    /// Its data directory
    #[arg(long, env = "REGISTRE_DATA", default_value = "./data")]
    pub(crate) data: PathBuf,
    #[command(flatten)]
    pub(crate) keys: KeyFolder,
}

#[derive(Debug, Args)]
pub(crate) struct Rebuild {
    #[command(flatten)]
    pub(crate) beside: Beside,
    /// Forget what an earlier run has made, and begin at the first fact
    #[arg(long)]
    pub(crate) anew: bool,
    /// Facts that are applied together at the most
    #[arg(long, default_value_t = PROJECTION_BATCH_MAX)]
    pub(crate) batch: usize,
}

#[derive(Debug, Args)]
pub(crate) struct Swap {
    #[command(flatten)]
    pub(crate) beside: Beside,
    /// Swap even where they differ: the live ones are what is wrong
    #[arg(long)]
    pub(crate) differing: bool,
}
