//! The write side against a real log.

use std::path::Path;

use chrono::DateTime;
use eventlog::{
    Direction, EventLog, StreamFrom,
    server::{EmbeddedLog, Handle},
};
use schema::{Fact, Origin, StreamName};
use tempfile::TempDir;
use vault::{Keyring, Missing, Vault};

use super::{email, line, password};
use crate::{Commands, Request, random, user::RegisterUser};

/// The write side over a log of its own.
pub(crate) struct Scene {
    pub(crate) commands: Commands,
    log: Handle,
    folder: TempDir,
}

impl Scene {
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = eventlog::server::Options {
            directory: folder.path().join("log"),
            listen: "127.0.0.1:0".parse().unwrap(),
            password: None,
            tls: None,
        };
        let log = EmbeddedLog::start(options).await.unwrap();
        let client =
            EventLog::connect(&log.connection_string(), eventlog::Options::default()).await;
        let client = client.unwrap();
        let keyring = Keyring::open(&folder.path().join("keys"), Missing::Make).unwrap();
        let vault = Vault::new(client.clone(), keyring.into());
        Self { commands: Commands::new(client, vault), log, folder }
    }

    /// The write side of another process over the same log.
    pub(crate) fn other_process(&self) -> Commands {
        Commands::new(self.commands.log.clone(), self.commands.vault.clone())
    }

    /// The same, which has seen no key of the log's yet.
    pub(crate) fn process_with_its_own_keys(&self) -> Commands {
        let keyring = Keyring::open(&self.folder().join("keys"), Missing::Refuse).unwrap();
        let log = self.commands.log.clone();
        Commands::new(log.clone(), Vault::new(log, keyring.into()))
    }

    /// Where its files are.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What stands in `stream`.
    pub(crate) async fn facts(&self, stream: &StreamName) -> Vec<Fact> {
        let (stream, log) = (stream.to_string(), &self.commands.log);
        let facts = log.read_stream(&stream, StreamFrom::Start, Direction::Forwards, 100).await;
        facts.unwrap().iter().map(|fact| Fact::read(&fact.kind, &fact.data).unwrap()).collect()
    }

    pub(crate) async fn close(self) {
        drop(self.commands);
        self.log.shutdown().await;
    }
}

pub(crate) fn request() -> Request {
    Request::new(random::id(), DateTime::UNIX_EPOCH, Origin::default())
}

/// Somebody called `name`, whose password is `secret`.
pub(crate) fn newcomer(name: &str) -> RegisterUser {
    RegisterUser {
        email: email(&format!("{}@example.com", name.to_lowercase())),
        username: line(name),
        password: password("secret"),
    }
}
