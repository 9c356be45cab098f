//! A log of its own for each test.

use eventlog::server::{EmbeddedLog, Handle, Options};
use eventstore::{
    AppendToStreamOptions, Client, EventData, ReadStreamOptions, ResolvedEvent, StreamPosition,
    StreamState, Subscription, SubscriptionEvent, WriteResult,
};
use tempfile::TempDir;
use uuid::Uuid;

/// A log and a client of it.
pub(crate) struct Harness {
    pub(crate) client: Client,
    pub(crate) handle: Handle,
    pub(crate) directory: TempDir,
}

impl Harness {
    /// With a directory of its own.
    pub(crate) async fn start() -> Self {
        Self::start_in(TempDir::new().unwrap()).await
    }

    pub(crate) async fn start_in(directory: TempDir) -> Self {
        let handle = EmbeddedLog::start(options(&directory)).await.unwrap();
        Self { client: client(&handle.connection_string()), handle, directory }
    }

    /// Stop the log and start it again.
    pub(crate) async fn restart(self) -> Self {
        self.handle.shutdown().await;
        Self::start_in(self.directory).await
    }

    /// Append facts with these ids.
    pub(crate) async fn append(
        &self,
        stream: &str,
        expected: StreamState,
        ids: &[u64],
    ) -> Result<WriteResult, eventstore::Error> {
        let facts: Vec<EventData> = ids.iter().map(|&number| fact(number)).collect();
        let options = AppendToStreamOptions::default().stream_state(expected);
        self.client.append_to_stream(stream, &options, facts).await
    }

    /// Read a stream from its first fact on.
    pub(crate) async fn read(&self, stream: &str) -> Result<Vec<ResolvedEvent>, eventstore::Error> {
        self.read_as(stream, &ReadStreamOptions::default().position(StreamPosition::Start)).await
    }

    pub(crate) async fn read_as(
        &self,
        stream: &str,
        options: &ReadStreamOptions,
    ) -> Result<Vec<ResolvedEvent>, eventstore::Error> {
        let mut reading = self.client.read_stream(stream, options).await?;
        let mut facts = Vec::new();
        while let Some(fact) = reading.next().await? {
            facts.push(fact);
        }
        Ok(facts)
    }

    /// Revisions of a stream's readable facts.
    pub(crate) async fn revisions(&self, stream: &str) -> Vec<u64> {
        revisions(&self.read(stream).await.unwrap())
    }
}

pub(crate) fn options(directory: &TempDir) -> Options {
    Options {
        directory: directory.path().to_owned(),
        listen: "127.0.0.1:0".parse().unwrap(),
        password: None,
        tls: None,
    }
}

pub(crate) fn client(connection_string: &str) -> Client {
    Client::new(connection_string.parse().unwrap()).unwrap()
}

/// A fact that can be told from others by its number.
pub(crate) fn fact(number: u64) -> EventData {
    EventData::json("noted", &serde_json::json!({ "n": number })).unwrap().id(id(number))
}

pub(crate) fn id(number: u64) -> Uuid {
    Uuid::from_u64_pair(0x4000, 0x8000_0000_0000_0000 | number)
}

pub(crate) fn revisions(facts: &[ResolvedEvent]) -> Vec<u64> {
    facts.iter().map(|fact| fact.get_original_event().revision).collect()
}

/// The next fact, whatever is said in between.
pub(crate) async fn next_fact(subscription: &mut Subscription) -> ResolvedEvent {
    loop {
        if let SubscriptionEvent::EventAppeared(fact) =
            subscription.next_subscription_event().await.unwrap()
        {
            return fact;
        }
    }
}

/// Revisions of what a subscription brings until it has caught up.
pub(crate) async fn until_caught_up(subscription: &mut Subscription) -> Vec<u64> {
    let mut seen = Vec::new();
    loop {
        match subscription.next_subscription_event().await.unwrap() {
            SubscriptionEvent::EventAppeared(fact) => {
                seen.push(fact.get_original_event().revision);
            }
            SubscriptionEvent::CaughtUp(..) => return seen,
            _ => {}
        }
    }
}
