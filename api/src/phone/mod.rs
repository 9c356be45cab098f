//! The Phone façade: register and log in with a phone number, and go on with a refresh token.
//!
//! Its clients were written against a Django REST framework service, and read its envelopes.

mod body;
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
pub(crate) use self::failure::refused;
use crate::App;

/// Each route under the path of the document and under that of the service behind it.
pub(crate) fn router() -> Router<App> {
    let register = || post(register::handler).fallback(not_allowed);
    let log_in = || post(log_in::handler).fallback(not_allowed);
    let refresh = || post(refresh::handler).fallback(not_allowed);
    Router::new()
        .route("/api/register", register())
        .route("/api/users/register", register())
        .route("/api/login", log_in())
        .route("/api/users/login", log_in())
        .route("/api/token", log_in())
        .route("/api/token/refresh", refresh())
        .route("/api/users/token/refresh", refresh())
        .route("/ws/notifications", get(socket::handler))
}
