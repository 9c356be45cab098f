//! The read side on a real log and a real Postgres.

mod facts;
mod postgres;

use eventlog::{
    EventLog, ExpectedRevision, NewFact, Position,
    server::{EmbeddedLog, Handle, Options},
};
use schema::{Fact, LogId, Metadata, StreamName};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio_postgres::{Client, Error, NoTls, Row};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use uuid::Uuid;
use vault::{Keyring, Missing, Vault};

pub(crate) use self::{facts::*, postgres::database};
use crate::{Pool, Progress, Projector, ProjectorState};

/// A log, an empty database, and nobody at work yet.
pub(crate) struct Scene {
    pub(crate) log: EventLog,
    pub(crate) vault: Vault,
    pub(crate) database: String,
    handle: Handle,
    _folder: TempDir,
}

/// A projector at work, stopped when dropped.
pub(crate) struct Working {
    pub(crate) progress: Progress,
    _work: AbortOnDropHandle<()>,
}

pub(crate) const LOG: LogId = LogId(Uuid::from_u128(1));

impl Scene {
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            directory: folder.path().join("log"),
            listen: "127.0.0.1:0".parse().unwrap(),
            password: None,
            tls: None,
        };
        let handle = EmbeddedLog::start(options).await.unwrap();
        let url = handle.connection_string();
        let log = EventLog::connect(&url, eventlog::Options::default()).await.unwrap();
        let keyring = Keyring::open(&folder.path().join("keys"), Missing::Make).unwrap();
        let vault = Vault::new(log.clone(), keyring.into());
        let database = database().await;
        Self { log, vault, database, handle, _folder: folder }
    }

    pub(crate) fn projector(&self) -> Projector {
        Projector {
            log: self.log.clone(),
            log_id: LOG,
            vault: self.vault.clone(),
            database_url: self.database.clone(),
        }
    }

    /// Puts a projector to work.
    pub(crate) fn project(&self) -> Working {
        let (tell, _) = watch::channel(ProjectorState::Failing);
        let projector = self.projector();
        let work = async move { projector.run(tell, CancellationToken::new()).await.unwrap() };
        Working {
            progress: Progress::listen(self.database.clone(), CancellationToken::new()),
            _work: AbortOnDropHandle::new(tokio::spawn(work)),
        }
    }

    pub(crate) fn pool(&self) -> Pool {
        crate::pool(&self.database).unwrap()
    }

    /// Appends `fact` to `stream`, as commands do.
    pub(crate) async fn append(&self, stream: StreamName, fact: impl Into<Fact>) -> Position {
        let fact = self.vault.seal(&stream, random(), fact.into(), metadata()).await.unwrap();
        self.append_stored(&stream.to_string(), fact).await
    }

    /// Appends what no command would.
    pub(crate) async fn append_stored(&self, stream: &str, fact: NewFact) -> Position {
        let appended = self.log.append(stream, ExpectedRevision::Any, vec![fact]).await;
        appended.unwrap().position
    }

    /// The rows that `sql` gives.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<Row> {
        let (client, _connection) = self.connect().await;
        client.query(sql, &[]).await.unwrap()
    }

    /// A connection of the test's own.
    pub(crate) async fn connect(&self) -> (Client, AbortOnDropHandle<Result<(), Error>>) {
        let (client, connection) = tokio_postgres::connect(&self.database, NoTls).await.unwrap();
        (client, AbortOnDropHandle::new(tokio::spawn(connection)))
    }

    /// The one text that `sql` gives.
    pub(crate) async fn text(&self, sql: &str) -> String {
        self.rows(sql).await[0].get::<_, Option<String>>(0).unwrap_or_default()
    }

    pub(crate) async fn close(self) {
        drop((self.log, self.vault));
        self.handle.shutdown().await;
    }
}

impl Working {
    /// Waits until the read models have reached `position`.
    pub(crate) async fn reached(&self, position: Position) {
        while !self.progress.reached(position.0).await {
            tokio::task::yield_now().await;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "tests need ids that no other test has")]
pub(crate) fn random() -> Uuid {
    Uuid::new_v4()
}

pub(crate) fn metadata() -> Metadata {
    Metadata {
        schema: 1,
        actor: None,
        credential: None,
        correlation: Uuid::nil(),
        causation: Uuid::nil(),
        at: NOON,
        personal: None,
        origin_hash: None,
    }
}
