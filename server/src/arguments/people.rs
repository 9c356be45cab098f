//! `registre admin …`, `registre users …`

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

#[derive(Debug, Subcommand)]
pub(crate) enum People {
    /// Make a link with which somebody sets a new password within an hour, and print it once
    ResetLink(ResetLink),
}

#[derive(Debug, Args)]
pub(crate) struct ResetLink {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Their id
    pub(crate) id: i64,
}
