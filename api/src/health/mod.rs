//! What works and what does not.
//!
//! Without the log nothing can be accepted; without Postgres, NATS or the projector the rest goes
//! on, degraded, and so it is said with 200: a balancer that took the instance away would help
//! nobody.

mod behind;
mod probe;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Request, State},
    http::{StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
    routing::get,
};
use eventlog::EventLog;
use projections::{Completeness, LeftOut, Pool, Progress, ProjectorState};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub(crate) use self::behind::Behind;
use self::probe::{Probe, Readings};
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

    /// Whether to send requests here, and all that can be said about why.
    async fn told(&self) -> (StatusCode, Value) {
        let readings = self.readings().await;
        let postgres = readings.postgres;
        let (projector, projects) = self.projector(&readings);
        let (completeness, whole) = self.completeness();
        let projects = projects && whole && readings.left_out == LeftOut::default();
        let (code, status) = if self.stopping.is_cancelled() {
            (StatusCode::SERVICE_UNAVAILABLE, "stopping")
        } else if !readings.log {
            (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
        } else if postgres && readings.nats && projects {
            (StatusCode::OK, "ready")
        } else {
            (StatusCode::OK, "degraded")
        };
        let word = |up: bool| if up { "up" } else { "down" };
        let told = json!({
            "status": status,
            "log": word(readings.log),
            "postgres": word(postgres),
            "nats": word(readings.nats),
            "projector": projector,
            "completeness": completeness,
            "left_out": readings.left_out.facts,
            "quarantined": readings.left_out.streams,
        });
        (code, told)
    }

    /// How the projections fare, in a word: our own, or as far as can be seen those of another
    /// process.
    fn projector(&self, readings: &Readings) -> (&'static str, bool) {
        let own = self.projector.as_ref().map(|own| *own.state.borrow());
        match (own, readings.behind) {
            (Some(ProjectorState::Failing), _) => ("down", false),
            (_, Some(behind)) if behind.is_stalled() => ("behind", false),
            (Some(ProjectorState::Active), _) => ("up", true),
            (Some(ProjectorState::Standby), _) => ("standby", true),
            (None, _) => ("elsewhere", true),
        }
    }

    /// Whether the read models were made from every fact, in a word. Nothing is known before the
    /// first comparison, nor by a process that does not project.
    pub(crate) fn completeness(&self) -> (&'static str, bool) {
        match self.complete() {
            Some(true) => ("complete", true),
            Some(false) => ("broken", false),
            None => ("unknown", true),
        }
    }

    /// Whether the read models were made from every fact, if that is known.
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
/// 200 also when it is degraded: `status` says which.
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
    let (code, told) = health.told().await;
    if code == StatusCode::OK {
        (code, Json(told)).into_response()
    } else {
        (code, [(RETRY_AFTER, "1")], Json(told)).into_response()
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
