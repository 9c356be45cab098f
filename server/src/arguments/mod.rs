//! Arguments and environment.

mod audit;
mod data;
mod erasures;
mod keys;
mod log;
mod people;
mod place;
mod projections;
mod recovery;
mod serve;

use std::{fmt, net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};

pub(crate) use self::{
    audit::{Audit, Export, Replay, Source, Trace, Verify},
    data::{Course, Credentials, Data, FullDataset, Generate, Users, Vms},
    erasures::{Erasures, ReplayErasures, WithTables},
    keys::{Keys, Rewrap},
    log::{Log, LogCopy, LogServe},
    people::{Admin, CreateAdmin, People, ResetLink},
    place::{KeyFolder, Place},
    projections::{Beside, Projections, Rebuild},
    recovery::{Backup, Restore},
    serve::{Administrator, Parts, Role, Serve},
};

/// Commands append facts, projections make them readable, sockets tell who should know.
#[derive(Debug, Parser)]
#[command(name = "registre", version)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve HTTP and WebSocket. What is not given an address is started here, under the data
    /// directory, and stopped on exit.
    ///
    /// A file .env in the working directory is read first; what stands in the environment wins.
    Serve(Box<Serve>),
    /// Bring the tables of the read models up to date, and exit
    Migrate(Migrate),
    /// Ask a running service how it is; fails unless it is well
    Health(Health),
    /// The event log by itself
    #[command(subcommand)]
    Log(Log),
    /// The history, for auditors
    #[command(subcommand)]
    Audit(Audit),
    /// The read models: look at them, make them anew, compare, swap, bring back
    #[command(subcommand)]
    Projections(Projections),
    /// What is left of those who were erased
    #[command(subcommand)]
    Erasures(Erasures),
    /// Copy the embedded log and its keys, running or not
    Backup(Backup),
    /// Put log and keys of a backup into an empty data directory
    Restore(Restore),
    /// The keys that sign tokens, and the one that wraps people's data keys
    #[command(subcommand)]
    Keys(Keys),
    /// Whoever administers
    #[command(subcommand)]
    Admin(Admin),
    /// People's accounts
    #[command(subcommand)]
    Users(People),
    /// Make believable data through the Inventory API, this one or another's
    #[command(subcommand)]
    Data(Data),
}

#[derive(Debug, Args)]
pub(crate) struct Migrate {
    /// The read models: postgres://
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub(crate) database_url: Address,
}

#[derive(Debug, Args)]
pub(crate) struct Health {
    /// Where it listens
    #[arg(long, default_value = "127.0.0.1:8000")]
    pub(crate) address: SocketAddr,
    /// Whether it lives is enough; else it has to be ready for requests
    #[arg(long)]
    pub(crate) live: bool,
    /// The certificate chain that it serves HTTPS with, if it does
    #[arg(long, env = "REGISTRE_TLS_CERT")]
    pub(crate) tls_cert: Option<PathBuf>,
}

/// An address, or another text, that may hold a password, and so is never printed.
#[derive(Clone)]
pub(crate) struct Address(String);

impl Address {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Address {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(…)")
    }
}

#[cfg(test)]
mod tests;
