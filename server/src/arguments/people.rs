//! `registre admin …`

use clap::{Args, Subcommand};

use super::Place;

#[derive(Debug, Subcommand)]
pub(crate) enum Admin {
    /// Make an administrator with a password that is made up, and print it once
    Create(CreateAdmin),
}

#[derive(Debug, Args)]
pub(crate) struct CreateAdmin {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Their address; that of nobody yet
    #[arg(long)]
    pub(crate) email: String,
}
