//! Sealing and opening, against a real log.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use chrono::DateTime;
use eventlog::{
    Direction, EventLog, ExpectedRevision, StreamFrom,
    server::{EmbeddedLog, Handle, Options},
};
use schema::{
    Fact, MessageFact, MessageId, MessagePersonal, MessageSent, Metadata, Personal, StreamName,
    UserId,
};
use tempfile::TempDir;
use uuid::Uuid;
use vault::{Keyring, Missing, Opened, Vault};

const ADA: UserId = UserId(7);
const MESSAGE: StreamName = StreamName::Message(MessageId(11));

/// A log, and a vault over it.
struct Scene {
    log: EventLog,
    handle: Handle,
    folder: TempDir,
}

impl Scene {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("log");
        let listen = "127.0.0.1:0".parse().unwrap();
        let handle =
            EmbeddedLog::start(Options { directory, listen, password: None, tls: None }).await;
        let handle = handle.unwrap();
        let url = handle.connection_string();
        let log = EventLog::connect(&url, eventlog::Options::default()).await.unwrap();
        Self { log, handle, folder }
    }

    /// A vault of its own: it has seen no key yet.
    fn vault(&self) -> Vault {
        let keyring = Keyring::open(&self.folder.path().join("keys"), Missing::Make).unwrap();
        Vault::new(self.log.clone(), keyring.into())
    }

    /// Seals the message with `vault` and stores it.
    async fn store(&self, vault: &Vault) {
        let new = vault.seal(&MESSAGE, Uuid::from_u128(3), hello(), metadata()).await.unwrap();
        assert!(!String::from_utf8_lossy(&new.data).contains("Bonjour"), "it is not sealed");
        let stream = MESSAGE.to_string();
        self.log.append(&stream, ExpectedRevision::NoStream, vec![new]).await.unwrap();
    }

    async fn stored(&self) -> eventlog::Fact {
        let stream = MESSAGE.to_string();
        let read = self.log.read_stream(&stream, StreamFrom::Start, Direction::Forwards, 1).await;
        read.unwrap().remove(0)
    }

    async fn close(self) {
        drop(self.log);
        self.handle.shutdown().await;
    }
}

fn metadata() -> Metadata {
    Metadata {
        schema: 1,
        actor: None,
        credential: None,
        correlation: Uuid::from_u128(1),
        causation: Uuid::from_u128(1),
        at: DateTime::UNIX_EPOCH,
        personal: None,
        origin_hash: None,
    }
}

fn hello() -> Fact {
    MessageSent {
        message: MessageId(11),
        sender: ADA,
        receiver: UserId(8),
        at: DateTime::UNIX_EPOCH,
        personal: Personal::Clear(MessagePersonal { content: "Bonjour !".to_owned() }),
    }
    .into()
}

fn is_clear(opened: &Opened) -> bool {
    let Fact::Message(MessageFact::MessageSent(sent)) = &opened.fact else { return false };
    sent.personal.clear().is_some()
}

#[tokio::test]
async fn what_one_process_seals_another_opens() {
    let scene = Scene::open().await;
    let writer = scene.vault();
    writer.create_key(ADA, Uuid::from_u128(2), &metadata()).await.unwrap();
    scene.store(&writer).await;
    assert_eq!(scene.vault().open(&scene.stored().await).await.unwrap().fact, hello());
    scene.close().await;
}

#[tokio::test]
async fn two_makers_of_one_key_end_up_with_the_same() {
    let scene = Scene::open().await;
    let (first, second) = (scene.vault(), scene.vault());
    first.create_key(ADA, Uuid::from_u128(2), &metadata()).await.unwrap();
    second.create_key(ADA, Uuid::from_u128(4), &metadata()).await.unwrap();
    scene.store(&second).await;
    assert_eq!(first.open(&scene.stored().await).await.unwrap().fact, hello());
    scene.close().await;
}

#[tokio::test]
async fn a_sealed_text_that_was_moved_to_another_fact_stays_sealed() {
    let scene = Scene::open().await;
    let vault = scene.vault();
    vault.create_key(ADA, Uuid::from_u128(2), &metadata()).await.unwrap();
    scene.store(&vault).await;
    let mut moved = scene.stored().await;
    moved.stream = "message-12".to_owned();
    assert!(!is_clear(&vault.open(&moved).await.unwrap()));
    scene.close().await;
}

#[tokio::test]
async fn once_the_key_is_gone_the_fact_is_read_and_its_text_is_not() {
    let scene = Scene::open().await;
    let vault = scene.vault();
    vault.create_key(ADA, Uuid::from_u128(2), &metadata()).await.unwrap();
    scene.store(&vault).await;
    let key = StreamName::Key(ADA).to_string();
    scene.log.tombstone(&key, ExpectedRevision::Any).await.unwrap();
    assert!(!is_clear(&scene.vault().open(&scene.stored().await).await.unwrap()));
    scene.close().await;
}

#[tokio::test]
async fn nothing_is_sealed_for_somebody_without_a_key() {
    let scene = Scene::open().await;
    let sealed = scene.vault().seal(&MESSAGE, Uuid::from_u128(3), hello(), metadata()).await;
    assert!(sealed.is_err());
    scene.close().await;
}

#[tokio::test]
async fn a_key_that_was_come_across_opens_what_follows_without_the_log() {
    let scene = Scene::open().await;
    let writer = scene.vault();
    writer.create_key(ADA, Uuid::from_u128(2), &metadata()).await.unwrap();
    scene.store(&writer).await;
    let key = StreamName::Key(ADA).to_string();
    let read = scene.log.read_stream(&key, StreamFrom::Start, Direction::Forwards, 1).await;
    let (stored, reader) = (scene.stored().await, scene.vault());
    reader.observe(&read.unwrap()[0]);
    let Scene { log, handle, folder: _folder } = scene;
    drop(log);
    handle.shutdown().await;
    assert!(is_clear(&reader.open(&stored).await.unwrap()));
}
