//! From news to the text of a frame.

use axum::extract::ws::Utf8Bytes;
use eventlog::{Fact as Stored, Filter, Position};
use schema::{Cursor, Fact, LogId, News, Notification, Somebody, StreamName, TOLD};
use serde_json::{Value, json};
use vault::{Vault, VaultError};

use super::{audience::Audience, backlog::Frame};
use crate::times::rfc3339;

/// Writes frames. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Framer {
    /// Opens what is sealed.
    vault: Vault,
    log_id: LogId,
}

impl Framer {
    pub(super) fn new(vault: Vault, log_id: LogId) -> Self {
        Self { vault, log_id }
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
            News::UserRegistered(user) => {
                success("user.registered", user, "Nouvel utilisateur inscrit")
            }
            News::UserLogin(user) => success("user.login", user, "Utilisateur connecté"),
        };
        Ok(Frame { position, text: Utf8Bytes::from(text.to_string()) })
    }
}

/// No account has a phone number yet, and its clients read that as null.
fn success(kind: &str, user: Somebody, message: &str) -> Value {
    json!({
        "type": kind,
        "status": "success",
        "user_id": user.user_id,
        "phone_number": null,
        "message": message,
    })
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
            if Audience::of(&bell.news) == audience {
                frames.push(self.frame(bell).await?);
            }
        }
        Ok(frames)
    }
}
