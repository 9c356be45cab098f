//! A real log, and people who write into it.

use commands::{
    Commands, Request,
    message::SendMessage,
    user::{LogIn, LoggedIn, RegisterUser},
};
use eventlog::{
    EventLog, ExpectedRevision, NewFact, Revision,
    server::{EmbeddedLog, Handle},
};
use schema::{
    EmailAddress, Fact, Line, LogId, MessageText, Metadata, Origin, Password, StreamName, UserId,
};
use tempfile::TempDir;
use tokio::time::{Duration, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vault::{Keyring, Missing, Vault};

use crate::{Hub, anonymous};

/// What hangs may cost before its test fails. No test passes because of it.
const PATIENCE: Duration = Duration::from_mins(1);

/// The write side and the sockets over a log of their own.
pub(crate) struct Scene {
    pub(crate) commands: Commands,
    pub(crate) log: EventLog,
    pub(crate) hub: Hub,
    pub(crate) stopping: CancellationToken,
    server: Option<Handle>,
    port: u16,
    folder: TempDir,
}

impl Scene {
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = start(&folder, 0).await;
        let options = eventlog::Options::default();
        let log = EventLog::connect(&server.connection_string(), options).await.unwrap();
        let keyring = Keyring::open(&folder.path().join("keys"), Missing::Make).unwrap();
        let vault = Vault::new(log.clone(), keyring.into());
        let stopping = CancellationToken::new();
        let log_id = LogId(Uuid::from_u128(1));
        let hub = Hub::new(log.clone(), log_id, vault.clone(), stopping.clone());
        let commands = Commands::new(log.clone(), vault);
        Self { commands, log, hub, stopping, server: Some(server), port: 0, folder }
    }

    /// `name`, with an address and a password made of it.
    pub(crate) async fn register(&self, name: &str) -> UserId {
        let command = RegisterUser {
            email: email(name),
            username: Line::parse(name).unwrap(),
            password: Password::parse(name, 1).unwrap(),
        };
        self.commands.register_user(&command, &request()).await.unwrap().user
    }

    pub(crate) async fn log_in(&self, name: &str) -> LoggedIn {
        let password = Password::parse(name, 1).unwrap();
        let command = LogIn { email: Some(email(name)), password };
        self.commands.log_in(&command, &request()).await.unwrap()
    }

    pub(crate) async fn write(&self, sender: UserId, receiver: UserId, text: &str) {
        let command = SendMessage { sender, receiver, text: MessageText::parse(text).unwrap() };
        let request = Request { actor: Some(sender), ..request() };
        self.commands.send_message(&command, &request).await.unwrap();
    }

    /// Appends `fact` to `stream` after `revision`, as it is.
    pub(crate) async fn append(&self, stream: &StreamName, revision: u64, fact: Fact) {
        let request = request();
        let metadata = Metadata {
            schema: 1,
            actor: None,
            credential: None,
            correlation: request.id,
            causation: request.id,
            at: request.at,
            personal: None,
            origin_hash: None,
        };
        let metadata = serde_json::to_vec(&metadata).unwrap().into();
        let data = fact.write().unwrap().into();
        let fact = NewFact { id: request.id, kind: fact.kind().to_owned(), data, metadata };
        let expected = ExpectedRevision::Exactly(Revision(revision));
        self.log.append(&stream.to_string(), expected, vec![fact]).await.unwrap();
    }

    /// Stops the log.
    pub(crate) async fn stop_log(&mut self) {
        let server = self.server.take().expect("it runs");
        self.port = server.address().port();
        server.shutdown().await;
    }

    /// Starts it again at the same address.
    pub(crate) async fn start_log(&mut self) {
        self.server = Some(start(&self.folder, self.port).await);
    }
}

async fn start(folder: &TempDir, port: u16) -> Handle {
    let options = eventlog::server::Options {
        directory: folder.path().join("log"),
        listen: ([127, 0, 0, 1], port).into(),
        password: None,
        tls: None,
    };
    EmbeddedLog::start(options).await.unwrap()
}

fn email(name: &str) -> EmailAddress {
    EmailAddress::parse(&format!("{name}@example.com")).unwrap()
}

pub(crate) fn request() -> Request {
    anonymous(Origin::default())
}

/// What `awaited` gives, unless it never will.
pub(crate) async fn patient<T>(awaited: impl Future<Output = T>) -> T {
    timeout(PATIENCE, awaited).await.expect("it never came")
}

/// Waits until `holds`.
pub(crate) async fn until(holds: impl Fn() -> bool) {
    patient(async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
