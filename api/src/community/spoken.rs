//! What a client may say over its socket, as later versions of the original have it. Every other JSON
//! is ignored: the first version's clients may say whatever they want.

use axum::extract::ws::Utf8Bytes;
use commands::{
    Request,
    message::{MarkMessageRead, SendMessage},
};
use projections::MessagesQuery;
use schema::{MessageId, Origin, SessionId, UserId};
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use super::messages;
use crate::{
    App, anonymous,
    fastapi::{Failure, Fields},
    hindered::from_execution,
    sockets::{Close, Heard},
};

/// Somebody at a socket.
#[derive(Clone)]
pub(super) struct Speaker {
    pub(super) app: App,
    pub(super) user: UserId,
    pub(super) session: SessionId,
    pub(super) origin: Origin,
}

impl Speaker {
    /// What `text` comes to.
    pub(super) async fn hear(self, text: Utf8Bytes) -> Heard {
        if serde_json::from_str::<IgnoredAny>(&text).is_err() {
            return Heard::Close(Close::UNREADABLE);
        }
        // What is JSON and nothing that we can hold is no word that we know.
        let Ok(Value::Object(said)) = serde_json::from_str(&text) else { return Heard::Nothing };
        let answer = match said.get("type").and_then(Value::as_str) {
            Some("ping") => Ok(json!({ "type": "pong" })),
            Some("message") => self.send(said).await,
            Some("mark_read") => self.mark_read(said).await,
            Some("get_unread_count") => self.count_unread().await,
            Some(_) | None => return Heard::Nothing,
        };
        let error = |failure: Failure| json!({ "type": "error", "message": failure.words() });
        Heard::Answer(answer.unwrap_or_else(error).to_string().into())
    }

    /// A request of its own for each thing that is said.
    fn request(&self) -> Request {
        anonymous(self.origin.clone()).acting_as(self.user, self.session)
    }

    async fn send(&self, said: Map<String, Value>) -> Result<Value, Failure> {
        let (receiver, text) = messages::draft(Fields::of(said))?;
        let command = SendMessage { sender: self.user, receiver, text };
        let sent = self.app.commands.send_message(&command, &self.request()).await;
        let sent = sent.map_err(|error| from_execution(error, messages::not_sent))?;
        self.app.progress.reached(sent.position.0).await;
        Ok(json!({ "type": "message_sent", "message_id": sent.message }))
    }

    /// Its sender is told, which nobody is whose message was marked by a request.
    async fn mark_read(&self, said: Map<String, Value>) -> Result<Value, Failure> {
        let mut fields = Fields::of(said);
        let message = fields.integer("message_id").map(MessageId);
        let message = fields.finish(message)?;
        let command = MarkMessageRead { message, reader: self.user, announce: true };
        let marked = self.app.commands.mark_message_read(&command, &self.request()).await;
        let marked = marked.map_err(|error| from_execution(error, messages::not_marked))?;
        self.app.progress.reached(marked.position.0).await;
        Ok(json!({ "type": "message_marked_read", "message_id": message }))
    }

    async fn count_unread(&self) -> Result<Value, Failure> {
        let read = self.app.pool.unread(self.user).await?;
        Ok(json!({ "type": "unread_count", "count": read.value }))
    }
}
