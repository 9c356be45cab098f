//! `GET` and `POST /api/v1/messages`, `GET /api/v1/messages/{id}`, `PUT /api/v1/messages/{id}/read`

use axum::{
    Json,
    extract::{FromRequestParts, State},
    http::{StatusCode, header::LOCATION, request::Parts},
    response::{IntoResponse, Response},
};
use commands::message::{
    MarkMessageRead, MarkMessageReadRejected, SendMessage, SendMessageRejected,
};
use projections::{Message, MessageBox, MessagesQuery};
use schema::{Cursor, IdKind, MessageId, MessageText, UserId};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    caller::{Author, Member},
    moment::{AsOf, Moment, parameters},
    page::{Items, Page, wrong},
    path::Id,
    problem::{Problem, Wrong, from_execution},
    sent::{Bare, Headers, Order, etag},
};
use crate::{App, times::rfc3339};

/// A message, as its sender and its receiver see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NativeMessage)]
pub(crate) struct Shown {
    #[schema(value_type = i64, example = 9)]
    id: MessageId,
    #[schema(value_type = i64, example = 7)]
    sender_id: UserId,
    #[schema(value_type = i64, example = 8)]
    receiver_id: UserId,
    /// Empty once its sender is erased.
    #[schema(example = "Bonjour !")]
    content: String,
    is_read: bool,
    #[schema(example = "2026-03-14T12:00:00.000000Z")]
    created_at: String,
    /// The first fact of its stream that this is without, because it could not be applied; left out
    /// where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "01990000-0000-4000-8000-000000000000-41")]
    stale_since: Option<Cursor>,
}

/// Which of one's messages are wanted.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// `received` or `sent`; both without it.
    #[param(rename = "box", value_type = Option<String>, example = "received")]
    side: MessageBox,
    /// Whom they were exchanged with.
    #[param(value_type = Option<i64>, example = 8)]
    with: Option<UserId>,
}

impl FromRequestParts<App> for Wanted {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let query = parameters(parts, app).await?;
        let side = match query.get("box").map(String::as_str) {
            None => MessageBox::Both,
            Some("received") => MessageBox::Received,
            Some("sent") => MessageBox::Sent,
            Some(_) => return Err(wrong("box", "the box is neither received nor sent")),
        };
        let with = query.get("with").map(|text| text.parse()).transpose();
        let with = with.map_err(|_| wrong("with", "the value is not an id"))?;
        Ok(Self { side, with: with.map(UserId) })
    }
}

/// What to whom.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct NewMessage {
    #[schema(example = 8)]
    receiver_id: i64,
    #[schema(example = "Bonjour !")]
    content: String,
}

/// Send a message
///
/// Who receives it is told at once over their sockets.
#[utoipa::path(
    post, path = "/api/v1/messages", operation_id = "write_message",
    security(("bearer" = [])),
    params(Headers),
    request_body = NewMessage,
    responses((status = 201, body = Shown, headers(("ETag" = String), ("Location" = String))))
)]
pub(crate) async fn send(
    State(app): State<App>,
    Author(member): Author,
    Order { mut fields, envelope }: Order,
) -> Result<Response, Problem> {
    let receiver = fields.id("receiver_id", UserId);
    let text = fields.text("content", MessageText::parse);
    let (receiver, text) = fields.finish(receiver.zip(text))?;
    let command = SendMessage { sender: member.user, receiver, text };

    let request = envelope.accept(&app, member.request, Some(IdKind::Message)).await?;
    let sent = app.commands.send_message(&command, &request).await;
    let sent = sent.map_err(|error| from_execution(error, refusal))?;
    let shown = shown(
        &app,
        &Message {
            id: sent.message,
            sender: command.sender,
            receiver,
            content: command.text.as_str().to_owned(),
            is_read: false,
            created_at: sent.at,
            revision: 0,
            stale_since: None,
        },
    );
    let place = [(LOCATION, format!("/api/v1/messages/{}", sent.message))];
    let told = app.written(sent.position).await;
    Ok((StatusCode::CREATED, place, etag(0), told, Json(shown)).into_response())
}

fn refusal(rejected: SendMessageRejected) -> Problem {
    match rejected {
        SendMessageRejected::NoSuchReceiver => Problem::invalid(vec![Wrong {
            pointer: "#/receiver_id".to_owned(),
            code: "absent",
            detail: "nobody is there to receive it".to_owned(),
        }]),
    }
}

/// See your messages
#[utoipa::path(
    get, path = "/api/v1/messages", operation_id = "own_messages",
    security(("bearer" = [])),
    params(Wanted, Page, AsOf),
    responses((status = 200, body = Items<Shown>))
)]
pub(crate) async fn list(
    State(app): State<App>,
    member: Member,
    moment: Moment,
    Wanted { side, with }: Wanted,
    page: Page,
) -> Result<Response, Problem> {
    let read = app.pool.messages(member.user, side, with, page.slice(), moment.as_of).await?;
    let items =
        page.items(&app, read.value, |message| message.id.0, |message| shown(&app, message));
    Ok((app.read_at(moment.position(read.position)), Json(items)).into_response())
}

/// See one of your messages
///
/// Another's is as good as none.
#[utoipa::path(
    get, path = "/api/v1/messages/{message_id}", operation_id = "own_message",
    security(("bearer" = [])),
    params(("message_id" = i64, Path, example = 9), AsOf),
    responses((status = 200, body = Shown, headers(("ETag" = String))))
)]
pub(crate) async fn one(
    State(app): State<App>,
    member: Member,
    Id(id): Id,
    moment: Moment,
) -> Result<Response, Problem> {
    let read = app.pool.message(member.user, MessageId(id), moment.as_of).await?;
    let message = read.value.ok_or(Problem::NOT_FOUND)?;
    let told = (app.read_at(moment.position(read.position)), etag(message.revision));
    Ok((told, Json(shown(&app, &message))).into_response())
}

/// Have read a message
#[utoipa::path(
    put, path = "/api/v1/messages/{message_id}/read", operation_id = "have_read_message",
    security(("bearer" = [])),
    params(("message_id" = i64, Path, example = 9), Headers),
    responses((status = 204, description = "It is read", headers(("ETag" = String))))
)]
pub(crate) async fn mark_read(
    State(app): State<App>,
    Author(member): Author,
    Id(id): Id,
    Bare(envelope): Bare,
) -> Result<Response, Problem> {
    let command = MarkMessageRead { message: MessageId(id), reader: member.user, announce: false };
    let request = envelope.accept(&app, member.request, None).await?;
    let marked = app.commands.mark_message_read(&command, &request).await;
    let marked = marked.map_err(|error| {
        from_execution(error, |rejected| match rejected {
            MarkMessageReadRejected::NoSuchMessage => Problem::NOT_FOUND,
        })
    })?;
    let told = app.written(marked.position).await;
    Ok((StatusCode::NO_CONTENT, etag(1), told).into_response())
}

fn shown(app: &App, message: &Message) -> Shown {
    Shown {
        id: message.id,
        sender_id: message.sender,
        receiver_id: message.receiver,
        content: message.content.clone(),
        is_read: message.is_read,
        created_at: rfc3339(message.created_at),
        stale_since: app.stale(message.stale_since),
    }
}
