//! `registre keys …`

use std::path::PathBuf;

use clap::Subcommand;

use super::{KeyFolder, Place};

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Sign tokens with a new key. Those that are out are good until they end; whoever serves with
    /// these keys follows within a second
    Rotate {
        /// The data directory
        #[arg(long, env = "REGISTRE_DATA", default_value = "./data")]
        data: PathBuf,
        #[command(flatten)]
        keys: KeyFolder,
        /// Let no token count that is out: a key may have been stolen
        #[arg(long)]
        emergency: bool,
    },
    /// Wrap everybody's data key by a new master key. Nobody may serve meanwhile; one that was
    /// interrupted goes on when it is repeated
    Rewrap(Rewrap),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Rewrap {
    #[command(flatten)]
    pub(crate) place: Place,
}
