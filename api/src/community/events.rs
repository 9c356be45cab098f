//! `POST /events/`, `GET /events/`, `GET /events/{event_id}`

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use commands::event::{CreateEvent, CreateEventRejected};
use projections::{Event, EventsQuery};
use schema::{EventDate, EventId, Line, caps::DESCRIPTION_CHARS_MAX};
use serde::Serialize;
use utoipa::ToSchema;

use super::query::{Id, Page};
use crate::{
    App,
    caller::Caller,
    fastapi::{Detail, Failure, Fields, known},
    hindered::from_execution,
    listed::listed,
    times::rfc3339,
};

/// An event, as everybody may see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub(crate) struct EventShown {
    id: i64,
    #[schema(example = "Fête de la musique")]
    title: String,
    #[schema(example = "Dans la rue")]
    description: String,
    /// As its organiser wrote it.
    #[schema(example = "2030-06-21T18:00:00")]
    date: String,
    #[schema(example = "Lyon")]
    location: String,
    organizer_id: i64,
    #[schema(example = "2026-03-14T12:00:00.000000Z")]
    created_at: String,
}

/// What is to take place.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct Announcement {
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
    post, path = "/events", operation_id = "create_event",
    security(("bearer" = [])), request_body = Announcement,
    responses(
        (status = 200, body = EventShown),
        (status = 400, body = Detail, description = "The title is taken"),
    )
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    mut fields: Fields,
) -> Result<Response, Failure> {
    let (organizer, request) = known(caller)?;
    let title = fields.text("title", Line::parse);
    let description =
        fields.text("description", |text| Line::paragraph(text, DESCRIPTION_CHARS_MAX));
    let date = fields.text("date", EventDate::parse);
    let location = fields.text("location", Line::parse);
    let read = title.zip(description).zip(date.zip(location));
    let ((title, description), (date, location)) = fields.finish(read)?;
    let command = CreateEvent { organizer, title, description, date, location };

    let created = app.commands.create_event(&command, &request).await;
    let created = created.map_err(|error| from_execution(error, refusal))?;
    let body = shown(&Event {
        id: created.event,
        organizer,
        title: command.title.as_str().to_owned(),
        description: command.description.as_str().to_owned(),
        date: command.date.as_str().to_owned(),
        location: command.location.as_str().to_owned(),
        created_at: created.at,
        revision: created.revision,
        stale_since: None,
    });
    Ok((app.written(created.position).await, Json(body)).into_response())
}

fn refusal(rejected: CreateEventRejected) -> Failure {
    match rejected {
        CreateEventRejected::TitleTaken => {
            Failure::sentence(StatusCode::BAD_REQUEST, "Un événement avec ce titre existe déjà")
        }
    }
}

/// See what takes place
#[utoipa::path(
    get, path = "/events", operation_id = "list_events",
    security((), ("bearer" = [])), params(Page),
    responses((status = 200, body = Vec<EventShown>))
)]
pub(crate) async fn list(State(app): State<App>, page: Page) -> Result<Response, Failure> {
    let read = app.pool.events(page.skip, page.limit()).await?;
    Ok((app.read_at(read.position), listed(read.value, shown)).into_response())
}

/// See one event
#[utoipa::path(
    get, path = "/events/{event_id}", operation_id = "event",
    security((), ("bearer" = [])),
    params(("event_id" = i64, Path)),
    responses(
        (status = 200, body = EventShown),
        (status = 404, body = Detail, description = "No such event"),
    )
)]
pub(crate) async fn one(State(app): State<App>, Id(id): Id) -> Result<Response, Failure> {
    let read = app.pool.event(EventId(id)).await?;
    let read = read.ok_or(Failure::sentence(StatusCode::NOT_FOUND, "Événement non trouvé"))?;
    Ok((app.read_at(read.position), Json(shown(&read.value))).into_response())
}

fn shown(event: &Event) -> EventShown {
    EventShown {
        id: event.id.0,
        title: event.title.clone(),
        description: event.description.clone(),
        date: event.date.clone(),
        location: event.location.clone(),
        organizer_id: event.organizer.0,
        created_at: rfc3339(event.created_at),
    }
}
