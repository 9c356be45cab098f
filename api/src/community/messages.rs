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
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    log_out::Done,
    query::{Id, Page},
};
use crate::{
    App,
    caller::Caller,
    fastapi::{Detail, Failure, Fields, known},
    hindered::from_execution,
    times::rfc3339,
};

/// A message, as its sender and its receiver see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Message)]
pub(crate) struct MessageShown {
    id: i64,
    #[schema(example = "Bonjour !")]
    content: String,
    sender_id: i64,
    receiver_id: i64,
    is_read: bool,
    #[schema(example = "2026-03-14T12:00:00.000000Z")]
    created_at: String,
}

/// What to tell whom.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct Draft {
    #[schema(example = 2)]
    receiver_id: i64,
    /// Not blank; 4,000 characters at the most.
    #[schema(example = "Bonjour !")]
    content: String,
}

/// What somebody has received.
#[derive(Serialize, ToSchema)]
struct Inbox {
    /// Newest first.
    messages: Vec<MessageShown>,
    /// How many are unread in all.
    unread: i64,
}

/// Write to somebody
#[utoipa::path(
    post, path = "/messages", operation_id = "send_message",
    security(("bearer" = [])), request_body = Draft,
    responses(
        (status = 200, body = MessageShown),
        (status = 404, body = Detail, description = "Nobody is there to receive it"),
    )
)]
pub(crate) async fn send(
    State(app): State<App>,
    caller: Caller,
    fields: Fields,
) -> Result<Response, Failure> {
    let (sender, request) = known(caller)?;
    let (receiver, text) = draft(fields)?;
    let command = SendMessage { sender, receiver, text };

    let sent = app.commands.send_message(&command, &request).await;
    let sent = sent.map_err(|error| from_execution(error, not_sent))?;
    let body = shown(&Message {
        id: sent.message,
        sender,
        receiver,
        content: command.text.as_str().to_owned(),
        is_read: false,
        created_at: sent.at,
        revision: 0,
        stale_since: None,
    });
    Ok((app.written(sent.position).await, Json(body)).into_response())
}

/// Mark a message as read
///
/// Only the receiver may; a second time changes nothing, and is answered as the first.
#[utoipa::path(
    put, path = "/messages/{message_id}/read", operation_id = "mark_message_read",
    security(("bearer" = [])), params(("message_id" = i64, Path)),
    responses(
        (status = 200, body = Done),
        (status = 404, body = Detail, description = "No such message to the caller"),
    )
)]
pub(crate) async fn mark_read(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
) -> Result<Response, Failure> {
    let (reader, request) = known(caller)?;
    let command = MarkMessageRead { message: MessageId(id), reader, announce: false };
    let marked = app.commands.mark_message_read(&command, &request).await;
    let marked = marked.map_err(|error| from_execution(error, not_marked))?;
    let body = Json(Done { message: "Message marqué comme lu" });
    Ok((app.written(marked.position).await, body).into_response())
}

pub(super) fn not_marked(rejected: MarkMessageReadRejected) -> Failure {
    match rejected {
        MarkMessageReadRejected::NoSuchMessage => {
            Failure::sentence(StatusCode::NOT_FOUND, "Message non trouvé")
        }
    }
}

/// To whom, and what.
pub(super) fn draft(mut fields: Fields) -> Result<(UserId, MessageText), Failure> {
    let text = fields.text("content", content);
    let receiver = fields.integer("receiver_id").map(UserId);
    fields.finish(receiver.zip(text))
}

fn content(text: &str) -> Result<MessageText, String> {
    MessageText::parse(text).map_err(|error| match error {
        TextError::Blank => "Value error, Le contenu du message ne peut pas être vide".to_owned(),
        TextError::Nul | TextError::TooLong => format!("Value error, {error}"),
    })
}

pub(super) fn not_sent(rejected: SendMessageRejected) -> Failure {
    match rejected {
        SendMessageRejected::NoSuchReceiver => {
            Failure::sentence(StatusCode::NOT_FOUND, "Destinataire non trouvé")
        }
    }
}

/// Read what you were written
#[utoipa::path(
    get, path = "/messages/received", operation_id = "received_messages",
    security(("bearer" = [])), params(Page),
    responses((status = 200, body = Inbox))
)]
pub(crate) async fn received(
    State(app): State<App>,
    caller: Caller,
    page: Page,
) -> Result<Response, Failure> {
    let (user, _) = known(caller)?;
    let read = app.pool.received(user, page.skip, page.limit_or_default()).await?;
    let messages: Vec<MessageShown> = read.value.messages.iter().map(shown).collect();
    let told = app.read_at(read.position);
    if app.received_as_list {
        return Ok((told, Json(messages)).into_response());
    }
    Ok((told, Json(Inbox { messages, unread: read.value.unread })).into_response())
}

/// Read what you and somebody else wrote to each other
///
/// Newest first. With somebody who is not there there is no conversation.
#[utoipa::path(
    get, path = "/messages/conversation/{user_id}", operation_id = "conversation",
    security(("bearer" = [])),
    params(("user_id" = i64, Path), Page),
    responses((status = 200, body = Vec<MessageShown>))
)]
pub(crate) async fn conversation(
    State(app): State<App>,
    caller: Caller,
    Id(other): Id,
    page: Page,
) -> Result<Response, Failure> {
    let (user, _) = known(caller)?;
    let limit = page.limit_or_default();
    let read = app.pool.conversation(user, UserId(other), page.skip, limit).await?;
    let body: Vec<MessageShown> = read.value.iter().map(shown).collect();
    Ok((app.read_at(read.position), Json(body)).into_response())
}

/// Read what you wrote
#[utoipa::path(
    get, path = "/messages/sent", operation_id = "sent_messages",
    security(("bearer" = [])), params(Page),
    responses((status = 200, body = Vec<MessageShown>))
)]
pub(crate) async fn sent(
    State(app): State<App>,
    caller: Caller,
    page: Page,
) -> Result<Response, Failure> {
    let (user, _) = known(caller)?;
    let read = app.pool.sent(user, page.skip, page.limit_or_default()).await?;
    let body: Vec<MessageShown> = read.value.iter().map(shown).collect();
    Ok((app.read_at(read.position), Json(body)).into_response())
}

fn shown(message: &Message) -> MessageShown {
    MessageShown {
        id: message.id.0,
        content: message.content.clone(),
        sender_id: message.sender.0,
        receiver_id: message.receiver.0,
        is_read: message.is_read,
        created_at: rfc3339(message.created_at),
    }
}
