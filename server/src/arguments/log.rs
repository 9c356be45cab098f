//! `registre log …`

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Subcommand};

use super::Address;

#[derive(Debug, Subcommand)]
pub(crate) enum Log {
    /// Serve the log alone, to any official client
    Serve(LogServe),
    /// Look at every fact, running log or not, and print the head hash
    Verify {
        /// The data directory that holds the log
        #[arg(long, env = "REGISTRE_DATA", default_value = "./data")]
        data: PathBuf,
    },
    /// Copy the log, running or not, into a new directory, and verify the copy
    Backup {
        /// The data directory that holds the log
        #[arg(long, env = "REGISTRE_DATA", default_value = "./data")]
        data: PathBuf,
        /// A directory that holds no log yet
        #[arg(long)]
        to: PathBuf,
    },
    /// Carry one log over into another, embedded or a cluster; running it again goes on
    Copy(LogCopy),
}

#[derive(Debug, Args)]
pub(crate) struct LogServe {
    /// Where to listen; beyond loopback only with TLS and a password
    #[arg(long, default_value = "127.0.0.1:2113")]
    pub(crate) listen: SocketAddr,
    /// Where the log keeps its files
    #[arg(long, env = "REGISTRE_DATA", default_value = "./data")]
    pub(crate) data: PathBuf,
    /// A file with the password of the user admin
    #[arg(long)]
    pub(crate) password_file: Option<PathBuf>,
    /// Certificate chain, PEM
    #[arg(long)]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Its private key, PEM
    #[arg(long)]
    pub(crate) tls_key: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct LogCopy {
    /// The log to read: esdb:// or kurrentdb://
    #[arg(long)]
    pub(crate) from: Address,
    /// The log to write: esdb:// or kurrentdb://
    #[arg(long)]
    pub(crate) to: Address,
    /// Number a stream whose beginning is gone anew, instead of refusing it
    #[arg(long)]
    pub(crate) renumber: bool,
}
