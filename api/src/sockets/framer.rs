//! From news to the text of a frame.

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use eventlog::{Direction, EventLog, Fact as Stored, Filter, Position, StreamFrom};
use schema::{
    Cursor, Fact, LogId, News, Notification, StreamName, TOLD, UserFact, UserId, caps::LOG_PAGE,
};
use serde_json::{Value, json};
use vault::{Vault, VaultError};

use super::{
    audience::Audience,
    backlog::{About, Frame},
};
use crate::times::rfc3339;

/// Writes frames. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Framer {
    /// Tells what a notification leaves out.
    log: EventLog,
    /// Opens what is sealed.
    vault: Vault,
    log_id: LogId,
}

impl Framer {
    pub(super) fn new(log: EventLog, vault: Vault, log_id: LogId) -> Self {
        Self { log, vault, log_id }
    }

    pub(super) fn log_id(&self) -> LogId {
        self.log_id
    }

    /// What to look for in the log.
    pub(super) fn filter() -> Filter {
        Filter::KindPrefixes(TOLD.iter().map(|&kind| kind.to_owned()).collect())
    }

    /// What the relay says of `fact`, were it asked; none when it says nothing.
    pub(super) fn news(&self, fact: &Stored) -> Option<Notification> {
        let read = Fact::read(&fact.kind, &fact.data).ok()?;
        let here = Cursor { log: self.log_id, position: fact.position.0 };
        Notification::of(read, fact.id, &fact.stream, here, None)
    }

    /// What sockets see of `bell`.
    pub(super) async fn frame(&self, bell: Notification) -> Result<Frame, VaultError> {
        let position = Position(bell.cursor.position);
        let text = match bell.news {
            News::NewMessage(mut message) => {
                let stream = StreamName::Message(message.message_id).to_string();
                let (sender, personal) = (message.sender_id, &mut message.personal);
                let kind = schema::MESSAGE_SENT;
                self.vault.open_personal(sender, &stream, kind, bell.id, personal).await?;
                // Whoever erases an account takes its words away; that there was a message stays.
                let content = message.personal.clear().map_or("", |said| said.content.as_str());
                json!({
                    "type": "new_message",
                    "message": {
                        "id": message.message_id,
                        "content": content,
                        "created_at": rfc3339(bell.time),
                        "sender_id": sender,
                        "receiver_id": message.receiver_id,
                        "is_read": false,
                    },
                })
            }
            News::MessageRead(receipt) => json!({
                "type": "message_read",
                "message_id": receipt.message_id,
                "reader_id": receipt.reader_id,
            }),
            News::UserRegistered(user) => {
                self.success("user.registered", user.user_id, "Nouvel utilisateur inscrit").await?
            }
            News::UserLogin(user) => {
                self.success("user.login", user.user_id, "Utilisateur connecté").await?
            }
        };
        Ok(Frame { position, text: Utf8Bytes::from(text.to_string()), about: None })
    }

    /// What the native stream says of `bell`: a `CloudEvent`, opened for whoever may see it.
    pub(super) async fn event(&self, bell: Notification) -> Result<Frame, VaultError> {
        let position = Position(bell.cursor.position);
        let about = About { kind: bell.news.kind(), subject: bell.subject.clone() };
        let data = match bell.news {
            News::NewMessage(mut message) => {
                let kind = schema::MESSAGE_SENT;
                let (sender, personal) = (message.sender_id, &mut message.personal);
                self.vault.open_personal(sender, &bell.subject, kind, bell.id, personal).await?;
                json!({
                    "message_id": message.message_id,
                    "sender_id": sender,
                    "receiver_id": message.receiver_id,
                    "content": message.personal.clear().map(|said| said.content.as_str()),
                })
            }
            News::MessageRead(receipt) => json!({
                "message_id": receipt.message_id,
                "sender_id": receipt.sender_id,
                "reader_id": receipt.reader_id,
            }),
            News::UserRegistered(user) | News::UserLogin(user) => {
                json!({ "user_id": user.user_id })
            }
        };
        let text = json!({
            "specversion": bell.specversion,
            "id": bell.id,
            "source": bell.source,
            "type": about.kind,
            "subject": bell.subject,
            "time": rfc3339(bell.time),
            "datacontenttype": bell.datacontenttype,
            "cursor": bell.cursor,
            "data": data,
        });
        let text = Utf8Bytes::from(text.to_string());
        Ok(Frame { position, text, about: Some(Arc::new(about)) })
    }

    /// What `audience` is sent of `bell`.
    async fn frame_for(&self, audience: Audience, bell: Notification) -> Result<Frame, VaultError> {
        match audience {
            Audience::Everyone | Audience::Person(_) => self.frame(bell).await,
            Audience::Stream(_) => self.event(bell).await,
        }
    }

    async fn success(&self, kind: &str, user: UserId, message: &str) -> Result<Value, VaultError> {
        Ok(json!({
            "type": kind,
            "status": "success",
            "user_id": user,
            "phone_number": self.phone_number(user).await?,
            "message": message,
        }))
    }

    /// The number that `user` registered with: none for an account without one, and none once its
    /// data key is gone.
    async fn phone_number(&self, user: UserId) -> Result<Option<String>, VaultError> {
        let stream = StreamName::User(user).to_string();
        let first = self.log.read_stream(&stream, StreamFrom::Start, Direction::Forwards, LOG_PAGE);
        for stored in first.await? {
            if let Fact::User(UserFact::UserRegistered(registered)) =
                self.vault.open(&stored).await?.fact
            {
                let personal = registered.personal.clear();
                return Ok(personal.and_then(|known| known.phone_number.clone()));
            }
        }
        Ok(None)
    }
}

/// Those of `facts` that `audience` hears of, as frames.
impl Framer {
    pub(super) async fn frames_for(
        &self,
        audience: Audience,
        facts: &[Stored],
    ) -> Result<Vec<Frame>, VaultError> {
        let mut frames = Vec::new();
        for bell in facts.iter().filter_map(|fact| self.news(fact)) {
            if audience.hears(&bell.news) {
                frames.push(self.frame_for(audience, bell).await?);
            }
        }
        Ok(frames)
    }
}
