//! The Community façade: people, calendar events, messages, and the socket that brings them.
//!
//! Its clients were written against a `FastAPI` service, and read its envelopes: `{"detail": …}`.

mod body;
mod described;
mod events;
mod failure;
mod log_in;
mod log_out;
mod me;
mod messages;
mod query;
mod register;
mod socket;
mod spoken;
mod users;
mod welcome;

use axum::{
    Router,
    routing::{get, post, put},
};

pub(crate) use self::{
    body::{Fields, JsonOrForm},
    described::GROUP,
    failure::{Detail, Failure, from_execution, known, refused},
};
use crate::App;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/", get(welcome::handler))
        .route("/register", post(register::handler))
        .route("/auth/register", post(register::handler))
        .route("/login", post(log_in::handler))
        .route("/auth/login", post(log_in::handler))
        .route("/auth/logout", post(log_out::handler))
        .route("/auth/me", get(me::handler))
        .route("/users", get(users::list))
        .route("/users/search", get(users::search))
        .route("/users/me", put(users::change_me))
        .route("/users/{user_id}", get(users::one))
        .route("/events", post(events::create).get(events::list))
        .route("/events/{event_id}", get(events::one))
        .route("/messages", post(messages::send))
        .route("/messages/received", get(messages::received))
        .route("/messages/conversation/{user_id}", get(messages::conversation))
        .route("/messages/sent", get(messages::sent))
        .route("/messages/{message_id}/read", put(messages::mark_read))
        .route("/ws", get(socket::without_token))
        .route("/ws/{token}", get(socket::handler))
}
