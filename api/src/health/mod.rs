//! What works and what does not.
//!
//! Without the log nothing can be accepted; without Postgres, NATS or the projector the rest goes
//! on, degraded, and so it is said with 200: a balancer that took the instance away would help
//! nobody.

mod behind;
mod probe;
mod readiness;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Request, State},
    http::{StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
    routing::get,
};
use eventlog::EventLog;
use projections::{Completeness, Pool, Progress, ProjectorState};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub(crate) use self::behind::Behind;
use self::{
    probe::{Probe, Readings},
    readiness::{Known, Status},
};
use crate::front::{Facade, Refusal};

/// What readiness is made of. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Health {
    probe: Arc<Probe>,
    progress: Progress,
    projector: Option<Projecting>,
    stopping: CancellationToken,
}

/// What the parts of the service are doing.
#[derive(Debug)]
pub struct Parts {
    /// The log.
    pub log: EventLog,
    /// Connections to Postgres of its own: one that waits for others would look like an outage.
    pub pool: Pool,
    /// The bell.
    pub nats: async_nats::Client,
    /// How far the read models have come.
    pub progress: Progress,
    /// How the projector of this process fares, if it has one.
    pub projector: Option<Projecting>,
    /// The service is about to stop.
    pub stopping: CancellationToken,
}

/// What the projector of this process tells.
#[derive(Clone, Debug)]
pub struct Projecting {
    /// How it fares.
    pub state: watch::Receiver<ProjectorState>,
    /// Whether the read models are complete.
    pub completeness: watch::Receiver<Completeness>,
}

impl Health {
    /// The health of a process that consists of `parts`.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { log, pool, nats, progress, projector, stopping } = parts;
        let probe = Probe::new(log, pool, nats, progress.clone());
        Self { probe: Arc::new(probe), progress, projector, stopping }
    }

    /// What answered in time.
    pub(crate) async fn readings(&self) -> Readings {
        let mut readings = Box::pin(self.probe.readings()).await;
        readings.postgres &= self.progress.heard().is_some();
        readings
    }

    /// How it is, and all that can be said about why.
    async fn told(&self) -> (Status, Value) {
        let readings = self.readings().await;
        let own = self.projector.as_ref().map(|own| *own.state.borrow());
        let (complete, stopping) = (self.complete(), self.stopping.is_cancelled());
        Known { readings, own, complete, stopping }.told()
    }

    /// Whether the read models were made from every fact, in a word.
    pub(crate) fn completeness(&self) -> &'static str {
        readiness::completeness(self.complete())
    }

    /// Whether the read models were made from every fact. Nothing is known before the first
    /// comparison, nor by a process that does not project.
    pub(crate) fn complete(&self) -> Option<bool> {
        match *self.projector.as_ref()?.completeness.borrow() {
            Completeness::Complete { .. } => Some(true),
            Completeness::Broken { .. } => Some(false),
            Completeness::Unknown => None,
        }
    }
}

/// The routes of health, all that a process serves that answers no clients.
pub fn health_routes<S: Clone + Send + Sync + 'static>(health: Health) -> Router<S> {
    Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .with_state(health)
}

/// Whether it lives
///
/// The process answers.
#[utoipa::path(
    get, path = "/health/live", operation_id = "live",
    responses((status = 200, body = Value, example = json!({ "status": "live" })))
)]
pub(crate) async fn live() -> Response {
    Json(json!({ "status": "live" })).into_response()
}

/// Whether it is ready
///
/// 200 also when it is degraded: `status` says which. What cannot be told in time is `unknown` or null,
/// and counts as not working.
#[utoipa::path(
    get, path = "/health/ready", operation_id = "ready",
    responses(
        (status = 200, body = Value, example = json!({
            "status": "ready", "log": "up", "postgres": "up", "nats": "up", "projector": "up", "completeness": "complete", "left_out": 0,
            "quarantined": 0,
        })),
        (status = 503, body = Value, description = "Nothing can be accepted"),
    )
)]
pub(crate) async fn ready(State(health): State<Health>) -> Response {
    let (status, told) = health.told().await;
    match status {
        Status::Ready | Status::Degraded => Json(told).into_response(),
        Status::Unavailable | Status::Stopping => {
            (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")], Json(told)).into_response()
        }
    }
}

/// What we serve before the log has been reached: that we live, and that nothing else works yet.
pub fn without_log() -> Router {
    not_serving(json!({ "status": "unavailable", "log": "down" }), Refusal::WithoutLog)
}

/// What is served while the service stops.
pub(crate) fn stopping() -> Router {
    not_serving(json!({ "status": "stopping" }), Refusal::Stopping)
}

fn not_serving(readiness: Value, otherwise: Refusal) -> Router {
    let told = async || {
        (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")], Json(readiness)).into_response()
    };
    Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(told))
        .fallback(async move |request: Request| Facade::asked(&request).refuse(otherwise))
}
