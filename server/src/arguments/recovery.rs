//! `registre backup` and `registre restore`

use std::path::PathBuf;

use clap::Args;

use super::KeyFolder;

#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The data directory that holds the log and its keys
    #[arg(long, env = "REGISTRE_DATA", default_value = "./data")]
    pub(crate) data: PathBuf,
    #[command(flatten)]
    pub(crate) keys: KeyFolder,
    /// A directory that is not there yet
    #[arg(long)]
    pub(crate) to: PathBuf,
    /// For how many days people's data keys may be kept, which are in a file of their own: so long
    /// does an erasure take to reach this backup
    #[arg(long, default_value_t = 30)]
    pub(crate) days: u16,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// A data directory without a log
    #[arg(long, env = "REGISTRE_DATA", default_value = "./data")]
    pub(crate) data: PathBuf,
    #[command(flatten)]
    pub(crate) keys: KeyFolder,
    /// What `registre backup` has made
    #[arg(long)]
    pub(crate) from: PathBuf,
}
