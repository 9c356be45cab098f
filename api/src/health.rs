//! What works and what does not.

use async_nats::connection::State;
use axum::{
    Json, Router,
    extract::State as Shared,
    http::{StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
    routing::get,
};
use eventlog::EventLog;
use projections::ProjectorState;
use serde_json::json;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{App, community::Failure};

/// What readiness is made of. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Health {
    log: EventLog,
    nats: async_nats::Client,
    projector: watch::Receiver<ProjectorState>,
    stopping: CancellationToken,
}

impl Health {
    /// Health of a process that uses `log` and `nats`, whose projector fares as told, and that goes
    /// away when `stopping`.
    #[must_use]
    pub fn new(
        log: EventLog,
        nats: async_nats::Client,
        projector: watch::Receiver<ProjectorState>,
        stopping: CancellationToken,
    ) -> Self {
        Self { log, nats, projector, stopping }
    }
}

/// The process answers.
pub(crate) async fn live() -> Response {
    Json(json!({ "status": "live" })).into_response()
}

/// Whether to send requests here. Without the log nothing can be accepted; without Postgres, NATS
/// or the projector the rest goes on, degraded.
pub(crate) async fn ready(Shared(app): Shared<App>) -> Response {
    let health = &app.health;
    let log = health.log.ping().await.is_ok();
    let postgres = app.progress.heard().is_some();
    let nats = health.nats.connection_state() == State::Connected;
    let (projector, projects) = match *health.projector.borrow() {
        ProjectorState::Active => ("up", true),
        ProjectorState::Standby => ("standby", true),
        ProjectorState::Failing => ("down", false),
    };
    let (code, status) = if health.stopping.is_cancelled() {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping")
    } else if !log {
        (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
    } else if postgres && nats && projects {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::OK, "degraded")
    };
    let word = |up: bool| if up { "up" } else { "down" };
    let body = Json(json!({
        "status": status,
        "log": word(log),
        "postgres": word(postgres),
        "nats": word(nats),
        "projector": projector,
    }));
    if code == StatusCode::OK {
        (code, body).into_response()
    } else {
        (code, [(RETRY_AFTER, "1")], body).into_response()
    }
}

/// What is served while the service stops.
pub(crate) fn stopping() -> Router {
    let told = async || {
        let body = Json(json!({ "status": "stopping" }));
        (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")], body)
    };
    Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(told))
        .fallback(async || Failure::STOPPING)
}

/// Readiness while the log cannot be reached yet.
pub(crate) async fn without_log() -> Response {
    let body = Json(json!({ "status": "unavailable", "log": "down" }));
    (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")], body).into_response()
}
