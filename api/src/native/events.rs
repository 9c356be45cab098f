//! `GET` and `POST /api/v1/events`, `GET /api/v1/events/{id}`

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use commands::event::{CreateEvent, CreateEventRejected};
use projections::{Event, EventsQuery};
use schema::{Cursor, EventDate, EventId, IdKind, Line, UserId, caps::DESCRIPTION_CHARS_MAX};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    caller::Author,
    moment::{AsOf, Moment},
    page::{Items, Page},
    path::Id,
    problem::{Kind, Problem, from_execution},
    sent::{Headers, Order, etag},
};
use crate::{App, times::rfc3339};

/// An event, as everybody may see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NativeEvent)]
pub(crate) struct Shown {
    #[schema(value_type = i64, example = 5)]
    id: EventId,
    #[schema(example = "Fête de la musique")]
    title: String,
    #[schema(example = "Dans la rue")]
    description: String,
    /// As its organiser wrote it.
    #[schema(example = "2030-06-21T18:00:00")]
    date: String,
    #[schema(example = "Lyon")]
    location: String,
    #[schema(value_type = i64, example = 7)]
    organizer_id: UserId,
    #[schema(example = "2026-03-14T12:00:00.000000Z")]
    created_at: String,
    /// The first fact of its stream that this is without, because it could not be applied; left out
    /// where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "01990000-0000-4000-8000-000000000000-41")]
    stale_since: Option<Cursor>,
}

/// What is to take place.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct NewEvent {
    /// No other event has it.
    #[schema(example = "Fête de la musique")]
    title: String,
    #[schema(example = "Dans la rue")]
    description: String,
    /// ISO 8601; without an offset UTC is meant, and a date alone means midnight.
    #[schema(example = "2030-06-21T18:00:00")]
    date: String,
    #[schema(example = "Lyon")]
    location: String,
}

/// Announce an event
#[utoipa::path(
    post, path = "/api/v1/events", operation_id = "announce_event",
    security(("bearer" = [])),
    params(Headers),
    request_body = NewEvent,
    responses(
        (status = 201, body = Shown, headers(("ETag" = String), ("Location" = String))),
        (status = 409, description = "Another event has the title"),
    )
)]
pub(crate) async fn create(
    State(app): State<App>,
    Author(member): Author,
    Order { mut fields, envelope }: Order,
) -> Result<Response, Problem> {
    let title = fields.text("title", Line::parse);
    let description =
        fields.text("description", |text| Line::paragraph(text, DESCRIPTION_CHARS_MAX));
    let date = fields.text("date", EventDate::parse);
    let location = fields.text("location", Line::parse);
    let read = title.zip(description).zip(date.zip(location));
    let ((title, description), (date, location)) = fields.finish(read)?;
    let command = CreateEvent { organizer: member.user, title, description, date, location };

    let request = envelope.accept(&app, member.request, Some(IdKind::Event)).await?;
    let created = app.commands.create_event(&command, &request).await;
    let created = created.map_err(|error| from_execution(error, refusal))?;
    let shown = shown(
        &app,
        &Event {
            id: created.event,
            organizer: command.organizer,
            title: command.title.as_str().to_owned(),
            description: command.description.as_str().to_owned(),
            date: command.date.as_str().to_owned(),
            location: command.location.as_str().to_owned(),
            created_at: created.at,
            revision: created.revision,
            stale_since: None,
        },
    );
    let place = [(LOCATION, format!("/api/v1/events/{}", created.event))];
    let told = app.written(created.position).await;
    Ok((StatusCode::CREATED, place, etag(created.revision), told, Json(shown)).into_response())
}

fn refusal(rejected: CreateEventRejected) -> Problem {
    match rejected {
        CreateEventRejected::TitleTaken => Problem::new(Kind::Taken, "another event has the title"),
    }
}

/// See what takes place
#[utoipa::path(
    get, path = "/api/v1/events", operation_id = "page_of_events",
    security((), ("bearer" = [])),
    params(Page, AsOf),
    responses((status = 200, body = Items<Shown>))
)]
pub(crate) async fn list(
    State(app): State<App>,
    moment: Moment,
    page: Page,
) -> Result<Response, Problem> {
    let read = app.pool.events_page(page.slice(), moment.as_of).await?;
    let items = page.items(&app, read.value, |event| event.id.0, |event| shown(&app, event));
    Ok((app.read_at(moment.position(read.position)), Json(items)).into_response())
}

/// See one event
#[utoipa::path(
    get, path = "/api/v1/events/{event_id}", operation_id = "event_as_of",
    security((), ("bearer" = [])),
    params(("event_id" = i64, Path, example = 5), AsOf),
    responses((status = 200, body = Shown, headers(("ETag" = String))))
)]
pub(crate) async fn one(
    State(app): State<App>,
    Id(id): Id,
    moment: Moment,
) -> Result<Response, Problem> {
    let read = app.pool.event_at(EventId(id), moment.as_of).await?;
    let event = read.value.ok_or(Problem::NOT_FOUND)?;
    let told = app.read_at(moment.position(read.position));
    Ok((told, etag(event.revision), Json(shown(&app, &event))).into_response())
}

fn shown(app: &App, event: &Event) -> Shown {
    Shown {
        id: event.id,
        title: event.title.clone(),
        description: event.description.clone(),
        date: event.date.clone(),
        location: event.location.clone(),
        organizer_id: event.organizer,
        created_at: rfc3339(event.created_at),
        stale_since: app.stale(event.stale_since),
    }
}
