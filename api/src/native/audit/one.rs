//! `GET /api/v1/audit/facts/{position}`

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use eventlog::{Direction, Fact, Filter, Position, ReadError};

use super::{
    super::{cursor, problem::Problem},
    inspector::Inspector,
    shown::{Form, shown},
};
use crate::App;

/// One fact
#[utoipa::path(
    get, path = "/api/v1/audit/facts/{position}", operation_id = "audit_fact", tag = "audit",
    params(
        ("position" = String, Path, description = "A cursor, or the position in it"),
        ("purpose" = Option<String>, Query, description = "Why personal data has to be shown"),
    ),
    responses(
        (status = 200, description = "The fact, as a CloudEvent", body = serde_json::Value),
        (status = 404, description = "No fact stands there"),
    ),
    security(("bearer" = []))
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Path(position): Path<String>,
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
