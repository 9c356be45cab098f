//! `POST /messages/`, `GET /messages/received`, `GET /messages/sent`,
//! `PUT /messages/{message_id}/read`

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use commands::message::{
    MarkMessageRead, MarkMessageReadRejected, SendMessage, SendMessageRejected,
};
use projections::{Message, MessagesQuery};
use schema::{MessageId, MessageText, TextError, UserId};
use serde_json::{Value, json};

use super::{
    Failure,
    body::Fields,
    failure::{from_execution, known},
    query::{Id, Page},
};
use crate::{App, caller::Caller, times::rfc3339};

pub(crate) async fn send(
    State(app): State<App>,
    caller: Caller,
    mut fields: Fields,
) -> Result<Response, Failure> {
    let (sender, request) = known(caller)?;
    let text = fields.text("content", content);
    let receiver = fields.integer("receiver_id").map(UserId);
    let (text, receiver) = fields.finish(text.zip(receiver))?;
    let command = SendMessage { sender, receiver, text };

    let sent = app.commands.send_message(&command, &request).await;
    let sent = sent.map_err(|error| from_execution(error, refusal))?;
    let body = shown(&Message {
        id: sent.message,
        sender,
        receiver,
        content: command.text.as_str().to_owned(),
        is_read: false,
        created_at: sent.at,
    });
    Ok((app.written(sent.position).await, Json(body)).into_response())
}

/// Only the receiver may; a second time changes nothing, and is answered as the first.
pub(crate) async fn mark_read(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
) -> Result<Response, Failure> {
    let (reader, request) = known(caller)?;
    let command = MarkMessageRead { message: MessageId(id), reader };
    let marked = app.commands.mark_message_read(&command, &request).await;
    let marked = marked.map_err(|error| from_execution(error, refusal_to_mark))?;
    let body = Json(json!({ "message": "Message marqué comme lu" }));
    Ok((app.written(marked.position).await, body).into_response())
}

fn refusal_to_mark(rejected: MarkMessageReadRejected) -> Failure {
    match rejected {
        MarkMessageReadRejected::NoSuchMessage => {
            Failure::sentence(StatusCode::NOT_FOUND, "Message non trouvé")
        }
    }
}

fn content(text: &str) -> Result<MessageText, String> {
    MessageText::parse(text).map_err(|error| match error {
        TextError::Blank => "Value error, Le contenu du message ne peut pas être vide".to_owned(),
        TextError::Nul | TextError::TooLong => format!("Value error, {error}"),
    })
}

fn refusal(rejected: SendMessageRejected) -> Failure {
    match rejected {
        SendMessageRejected::NoSuchReceiver => {
            Failure::sentence(StatusCode::NOT_FOUND, "Destinataire non trouvé")
        }
    }
}

pub(crate) async fn received(
    State(app): State<App>,
    caller: Caller,
    page: Page,
) -> Result<Response, Failure> {
    let (user, _) = known(caller)?;
    let read = app.pool.received(user, page.skip, page.limit_or_default()).await?;
    let messages: Vec<Value> = read.value.messages.iter().map(shown).collect();
    let body = json!({ "messages": messages, "unread": read.value.unread });
    Ok((app.read_at(read.position), Json(body)).into_response())
}

pub(crate) async fn sent(
    State(app): State<App>,
    caller: Caller,
    page: Page,
) -> Result<Response, Failure> {
    let (user, _) = known(caller)?;
    let read = app.pool.sent(user, page.skip, page.limit_or_default()).await?;
    let body: Vec<Value> = read.value.iter().map(shown).collect();
    Ok((app.read_at(read.position), Json(body)).into_response())
}

fn shown(message: &Message) -> Value {
    json!({
        "id": message.id,
        "content": message.content,
        "sender_id": message.sender,
        "receiver_id": message.receiver,
        "is_read": message.is_read,
        "created_at": rfc3339(message.created_at),
    })
}
