//! Arguments and environment.

use std::{fmt, net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};

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
    Serve(Serve),
    /// The event log by itself
    #[command(subcommand)]
    Log(Log),
}

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

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where to listen; may be given several times
    #[arg(
        long,
        env = "REGISTRE_LISTEN",
        value_delimiter = ',',
        default_values = ["127.0.0.1:8000", "127.0.0.1:3003"]
    )]
    pub(crate) listen: Vec<SocketAddr>,
    /// Where keys, and whatever is started here, keep their files
    #[arg(long, env = "REGISTRE_DATA", default_value = "./data")]
    pub(crate) data: PathBuf,
    /// The event log: esdb:// or kurrentdb:// (default: an embedded one)
    #[arg(long, env = "EVENTSTORE_URL", hide_env_values = true)]
    pub(crate) eventstore_url: Option<Address>,
    /// The read models: postgres:// (default: a private Postgres)
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub(crate) database_url: Option<Address>,
    /// The bell: nats:// (default: a private nats-server)
    #[arg(long, env = "NATS_URL", hide_env_values = true)]
    pub(crate) nats_url: Option<Address>,
}

/// An address that may hold a password, and so is never printed.
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
mod tests {
    use clap::{CommandFactory, Parser};

    use super::{Address, Arguments};

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn several_listeners_may_be_given() {
        let given = ["registre", "serve", "--listen", "127.0.0.1:1", "--listen", "[::1]:2"];
        let Arguments { command: super::Command::Serve(serve) } = Arguments::parse_from(given)
        else {
            panic!("it is `serve` that was given")
        };
        assert_eq!(serve.listen.len(), 2);
    }

    #[test]
    fn an_address_is_not_printed() {
        let address = Address::from("postgres://me:secret@host/db".to_owned());
        assert!(!format!("{address:?}").contains("secret"));
    }
}
