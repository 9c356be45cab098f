//! `GET /api/v1/audit/facts/{position}`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use eventlog::{Direction, Fact, Filter, Position, ReadError};

use super::{
    super::{cursor, path::Text, problem::Problem},
    inspector::Inspector,
    shown::{Form, shown},
};
use crate::App;

/// One fact
#[utoipa::path(
    get, path = "/api/v1/audit/facts/{position}", operation_id = "audit_fact",
    params(
        ("position" = String, Path, description = "A cursor, or the position in it"),
        ("purpose" = Option<String>, Query, description = "Why personal data has to be shown",
            example = "A complaint of the person concerned"),
    ),
    responses(
        (status = 200, description = "The fact, as a CloudEvent", body = serde_json::Value,
            example = json!({
                "specversion": "1.0", "id": "01990000-0000-4000-8000-000000000011",
                "source": "urn:registre:log:01990000-0000-4000-8000-000000000000",
                "type": "message-read.v1", "subject": "message-9",
                "time": "2026-03-14T12:00:00.000000Z", "datacontenttype": "application/json",
                "cursor": "01990000-0000-4000-8000-000000000000-4711", "revision": 1,
                "actor": 7, "data": {},
            })),
        (status = 404, description = "No fact stands there"),
        (status = 429, description = "Too many questions; see Retry-After"),
    ),
    security(("bearer" = []), ("api_key" = []))
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Text(position): Text,
    inspector: Inspector,
) -> Result<Response, Problem> {
    let position = match position.parse() {
        Ok(position) => position,
        Err(_) => cursor::read(&app, &position)?,
    };
    let fact = fact_at(&app, Position(position)).await?;
    let own = |fact: &Fact| fact.kind.starts_with('$') || fact.stream.starts_with('$');
    let fact = fact.filter(|fact| !own(fact)).ok_or(Problem::NOT_FOUND)?;
    let form = if inspector.opened { Form::Opened } else { Form::Sealed };
    let event = shown(&app, &fact, form).await.map_err(commands::LogFailure::from)?;
    Ok((app.read_at(position), Json(event)).into_response())
}

/// The fact that stands at `position`.
pub(super) async fn fact_at(app: &App, position: Position) -> Result<Option<Fact>, Problem> {
    let read = app.hub.log().read_all(Filter::None, Some(position), Direction::Forwards, 1).await;
    match read {
        Ok(facts) => Ok(facts.into_iter().find(|fact| fact.position == position)),
        Err(ReadError::Invalid(_)) => Ok(None),
        Err(error) => Err(commands::LogFailure::from(error).into()),
    }
}
