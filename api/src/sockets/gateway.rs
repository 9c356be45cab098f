//! From the bell to the sockets.
//!
//! A notification is delivered when it follows the last one that was. Where one is missing (a hole
//! in the positions, a silent NATS, a heartbeat that names more than was heard), the gateway reads
//! the log from where it was. So a second, a frozen or a restarted relay changes nothing.

use axum::extract::ws::Utf8Bytes;
use eventlog::{Direction, EventLog, Filter, Position, ReadError};
use futures::StreamExt;
use projections::Chain;
use schema::{
    Cursor, Fact, HEARTBEAT_SUBJECT, Heartbeat, LogId, NewMessage, Notification, SUBJECTS,
    StreamName,
    caps::{HEARTBEAT_MISSED, LOG_PAGE},
};
use serde_json::json;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use vault::{Vault, VaultError};

use crate::{Hub, times::rfc3339};

/// Brings notifications to the sockets of this process.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// The record.
    pub log: EventLog,
    /// That log's identity.
    pub log_id: LogId,
    /// Opens what is sealed.
    pub vault: Vault,
    /// The bell.
    pub nats: async_nats::Client,
    /// The sockets.
    pub hub: Hub,
}

/// Why the gateway had to start again.
#[derive(Debug, thiserror::Error)]
enum GatewayError {
    #[error("NATS refuses the subscription")]
    Subscribe(#[from] async_nats::SubscribeError),
    #[error("log could not be read")]
    Log(#[from] ReadError),
    #[error("notification could not be opened")]
    Vault(#[from] VaultError),
}

/// What came over NATS.
enum Bell {
    Message(Box<Notification<NewMessage>>),
    Heartbeat(Heartbeat),
    /// Nothing came for [`HEARTBEAT_MISSED`].
    Silence,
    /// Something of no concern to sockets.
    Other,
}

impl Gateway {
    /// Where the log stands. What comes after it is delivered; taken before the first socket opens,
    /// so that no socket misses anything.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub async fn start(&self) -> Result<Option<Position>, ReadError> {
        self.log.head().await
    }

    /// Delivers everything after `last` until `shutdown`, through any outage of NATS or the log.
    pub async fn run(self, mut last: Option<Position>, shutdown: CancellationToken) {
        let work = async {
            loop {
                if let Err(error) = self.follow(&mut last).await {
                    warn!(error = %Chain(&error), "gateway starts again");
                    tokio::time::sleep(HEARTBEAT_MISSED).await;
                }
            }
        };
        shutdown.run_until_cancelled(work).await;
    }

    async fn follow(&self, last: &mut Option<Position>) -> Result<(), GatewayError> {
        let mut bells = self.nats.subscribe(SUBJECTS).await?;
        loop {
            match timeout(HEARTBEAT_MISSED, bells.next()).await.map_or(Bell::Silence, heard) {
                Bell::Message(bell) => self.take(&bell, last).await?,
                Bell::Heartbeat(beat) => {
                    let missed = beat.last.is_some_and(|told| {
                        told.log == self.log_id && last.is_none_or(|last| told.position > last.0)
                    });
                    if missed {
                        self.catch_up(last).await?;
                    }
                }
                Bell::Silence => self.catch_up(last).await?,
                Bell::Other => {}
            }
        }
    }

    async fn take(
        &self,
        bell: &Notification<NewMessage>,
        last: &mut Option<Position>,
    ) -> Result<(), GatewayError> {
        let here = Position(bell.cursor.position);
        if bell.cursor.log != self.log_id || last.is_some_and(|last| here <= last) {
            return Ok(());
        }
        let follows = bell
            .previous
            .is_some_and(|previous| last.is_some_and(|last| previous.position <= last.0));
        if !follows {
            return self.catch_up(last).await;
        }
        self.deliver(bell.clone()).await?;
        *last = Some(here);
        Ok(())
    }

    /// Delivers what stands in the log after `last`.
    async fn catch_up(&self, last: &mut Option<Position>) -> Result<(), GatewayError> {
        loop {
            let page = self
                .log
                .read_all(Filter::ExcludeSystem, *last, Direction::Forwards, LOG_PAGE)
                .await?;
            let full = page.len() == LOG_PAGE;
            for fact in page {
                // A read from a position brings the fact at that position once more.
                if last.is_some_and(|last| fact.position <= last) {
                    continue;
                }
                if let Ok(Fact::MessageSent(sent)) = Fact::read(&fact.kind, &fact.data) {
                    let here = Cursor { log: self.log_id, position: fact.position.0 };
                    let bell = Notification::of_message(sent, fact.id, &fact.stream, here, None);
                    self.deliver(bell).await?;
                }
                *last = Some(fact.position);
            }
            if !full {
                return Ok(());
            }
        }
    }

    async fn deliver(&self, mut bell: Notification<NewMessage>) -> Result<(), GatewayError> {
        let data = &mut bell.data;
        if !self.hub.listens(data.receiver_id) {
            return Ok(());
        }
        let stream = StreamName::Message(data.message_id).to_string();
        let personal = &mut data.personal;
        self.vault
            .open_personal(data.sender_id, &stream, schema::MESSAGE_SENT, bell.id, personal)
            .await?;
        let content = data.personal.clear().map_or("", |personal| personal.content.as_str());
        let frame = json!({
            "type": "new_message",
            "message": {
                "id": data.message_id,
                "content": content,
                "created_at": rfc3339(bell.time),
                "sender_id": data.sender_id,
                "receiver_id": data.receiver_id,
                "is_read": false,
            },
        });
        let position = Position(bell.cursor.position);
        self.hub.send(data.receiver_id, position, &Utf8Bytes::from(frame.to_string()));
        Ok(())
    }
}

fn heard(message: Option<async_nats::Message>) -> Bell {
    let Some(message) = message else { return Bell::Silence };
    if message.subject.as_str() == HEARTBEAT_SUBJECT {
        return serde_json::from_slice(&message.payload).map_or(Bell::Other, Bell::Heartbeat);
    }
    serde_json::from_slice(&message.payload)
        .map_or(Bell::Other, |bell| Bell::Message(Box::new(bell)))
}
