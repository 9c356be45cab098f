//! `GET /api/v1/projections`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use projections::{LeftOutQuery, Quarantined};
use schema::{Cursor, caps::QUARANTINED_SHOWN_MAX};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Problem, caller::Administrator};
use crate::App;

/// How the read models fare.
#[derive(Serialize, ToSchema)]
struct Standing {
    /// Everything up to here has been taken into account.
    #[schema(value_type = String, example = "01990000-0000-4000-8000-000000000000-4711")]
    position: Cursor,
    /// What the log holds beyond; none where it does not say.
    behind: Option<Lag>,
    /// `complete`, `broken`, or `unknown` where it is for another process to say.
    #[schema(example = "complete")]
    completeness: &'static str,
    /// Streams that wait behind a fact that could not be applied.
    quarantine: Vec<Waiting>,
}

#[derive(Serialize, ToSchema)]
struct Lag {
    /// How many facts; a page's worth stands for that many and more.
    #[schema(example = 0)]
    facts: usize,
    /// For how long the oldest of them has been waiting.
    #[schema(example = 0.0)]
    seconds: f64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = WaitingStream)]
struct Waiting {
    #[schema(example = "event-5")]
    stream: String,
    /// The fact that could not be applied.
    #[schema(value_type = String, example = "01990000-0000-4000-8000-000000000000-4242")]
    since: Cursor,
    /// Its type.
    #[serde(rename = "type")]
    #[schema(example = "event-created.v1")]
    kind: String,
    #[schema(example = "missing field `title`")]
    reason: String,
    /// How many facts of the stream wait, itself included.
    #[schema(example = 1)]
    facts: i64,
    /// Whether somebody has asked that they be tried again.
    retry: bool,
}

/// See how the read models fare
#[utoipa::path(
    get, path = "/api/v1/projections", operation_id = "projections",
    security(("bearer" = [])),
    responses((status = 200, body = Standing))
)]
pub(crate) async fn standing(
    State(app): State<App>,
    _administrator: Administrator,
) -> Result<Response, Problem> {
    let read = app.pool.quarantined(QUARANTINED_SHOWN_MAX).await?;
    let behind = app.health.readings().await.behind;
    let waiting = |waiting: Quarantined| Waiting {
        stream: waiting.stream,
        since: app.cursor(waiting.since),
        kind: waiting.kind,
        reason: waiting.reason,
        facts: waiting.facts,
        retry: waiting.retry,
    };
    let body = Standing {
        position: app.cursor(read.position),
        behind: behind
            .map(|behind| Lag { facts: behind.facts, seconds: behind.since.as_seconds_f64() }),
        completeness: app.health.completeness(),
        quarantine: read.value.into_iter().map(waiting).collect(),
    };
    Ok((app.read_at(read.position), Json(body)).into_response())
}
