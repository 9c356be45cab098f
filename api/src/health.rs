//! What works and what does not.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_nats::connection::State;
use axum::{
    Json,
    extract::State as Shared,
    http::{StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use eventlog::EventLog;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::App;

/// What readiness is made of. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Health {
    log: EventLog,
    nats: async_nats::Client,
    projecting: Arc<AtomicBool>,
    stopping: CancellationToken,
}

impl Health {
    /// Health of a process that uses `log` and `nats` and goes away when `stopping`.
    #[must_use]
    pub fn new(log: EventLog, nats: async_nats::Client, stopping: CancellationToken) -> Self {
        Self { log, nats, projecting: Arc::new(AtomicBool::new(true)), stopping }
    }

    /// The projector of this process has stopped for good.
    pub fn projector_stopped(&self) {
        self.projecting.store(false, Ordering::Relaxed);
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
    let projector = health.projecting.load(Ordering::Relaxed);
    let (code, status) = if health.stopping.is_cancelled() {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping")
    } else if !log {
        (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
    } else if postgres && nats && projector {
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
        "projector": word(projector),
    }));
    if code == StatusCode::OK {
        (code, body).into_response()
    } else {
        (code, [(RETRY_AFTER, "1")], body).into_response()
    }
}
