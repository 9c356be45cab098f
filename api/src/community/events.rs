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
use serde_json::{Value, json};

use super::{
    Failure,
    body::Fields,
    failure::{from_execution, known},
    query::{Id, Page},
};
use crate::{App, caller::Caller, times::rfc3339};

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

pub(crate) async fn list(State(app): State<App>, page: Page) -> Result<Response, Failure> {
    let read = app.pool.events(page.skip, page.limit()).await?;
    let events = read.value.collect().await?;
    let body: Vec<Value> = events.iter().map(shown).collect();
    Ok((app.read_at(read.position), Json(body)).into_response())
}

pub(crate) async fn one(State(app): State<App>, Id(id): Id) -> Result<Response, Failure> {
    let read = app.pool.event(EventId(id)).await?;
    let event =
        read.value.ok_or(Failure::sentence(StatusCode::NOT_FOUND, "Événement non trouvé"))?;
    Ok((app.read_at(read.position), Json(shown(&event))).into_response())
}

fn shown(event: &Event) -> Value {
    json!({
        "id": event.id,
        "title": event.title,
        "description": event.description,
        "date": event.date,
        "location": event.location,
        "organizer_id": event.organizer,
        "created_at": rfc3339(event.created_at),
    })
}
