//! The Accounts façade: sign up, oneself, and everybody for administrators.
//!
//! Its clients were written against a `FastAPI` service as those of Community were, and read the same
//! envelopes; ids are 24 hexadecimal digits, as a document store hands them out.

mod admin;
mod described;
mod id;
mod log_in;
mod me;
mod member;
mod register;
mod shown;
mod update;

use axum::{
    Json, Router,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::json;

pub(crate) use self::described::GROUP;
pub(crate) use crate::fastapi::refused;

use crate::App;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/health", get(health))
        .route("/api/v1/auth/register", post(register::handler))
        .route("/api/v1/auth/login", post(log_in::handler))
        .route("/api/v1/users/me", get(me::show).put(me::change).delete(me::erase))
        .route("/api/v1/admin/users", get(admin::list))
        .route(
            "/api/v1/admin/users/{user_id}",
            get(admin::show).put(admin::change).delete(admin::erase),
        )
}

/// Whether it is well
#[utoipa::path(
    get, path = "/health", operation_id = "accounts_health",
    responses((status = 200, body = Value, example = json!({ "status": "healthy" })))
)]
async fn health() -> Response {
    Json(json!({ "status": "healthy" })).into_response()
}
