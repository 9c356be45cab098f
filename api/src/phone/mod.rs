//! The Phone façade: register and log in with a phone number, and go on with a refresh token.
//!
//! Its clients were written against a Django REST framework service, and read its envelopes.

mod body;
mod described;
mod failure;
mod log_in;
mod refresh;
mod register;
mod socket;
mod tokens;

use axum::{
    Router,
    routing::{get, post},
};

use self::failure::not_allowed;
pub(crate) use self::{described::GROUP, failure::refused};
use crate::App;

/// Each route under the path of the document and under that of the service behind it.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/api/register", post(register::handler).fallback(not_allowed))
        .route("/api/users/register", post(register::handler).fallback(not_allowed))
        .route("/api/login", post(log_in::handler).fallback(not_allowed))
        .route("/api/users/login", post(log_in::handler).fallback(not_allowed))
        .route("/api/token", post(log_in::handler).fallback(not_allowed))
        .route("/api/token/refresh", post(refresh::handler).fallback(not_allowed))
        .route("/api/users/token/refresh", post(refresh::handler).fallback(not_allowed))
        .route("/ws/notifications", get(socket::handler))
}
