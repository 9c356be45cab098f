//! `registre erasures …`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Address, Place};

#[derive(Debug, Subcommand)]
pub(crate) enum Erasures {
    /// Who has been erased and of whom something is left, and what that waits for
    List(WithTables),
    /// Finish what can be finished, and leave nothing of those who were erased in Postgres's files
    Sweep(WithTables),
    /// Tell a log that was restored from a backup whom it has forgotten to have erased, and which ids
    /// were given out. Until then, it is not served
    Replay(ReplayErasures),
}

/// A log and its read models.
#[derive(Debug, Args)]
pub(crate) struct WithTables {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The read models: postgres:// (default: the private Postgres, running or not)
    #[arg(long = "database-url", env = "DATABASE_URL", hide_env_values = true)]
    pub(crate) database: Option<Address>,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayErasures {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Another journal, where processes on several machines each had one; may be given several times
    #[arg(long = "and-journal")]
    pub(crate) others: Vec<PathBuf>,
    /// There is no journal any more: whoever was erased since the backup stays unerased, and their ids
    /// may be given out again
    #[arg(long, conflicts_with = "others")]
    pub(crate) without_journal: bool,
}
