//! The Community façade: people, calendar events, messages, and the socket that brings them.
//!
//! Its clients were written against a `FastAPI` service, and read its envelopes: `{"detail": …}`.

mod described;
mod events;
mod log_in;
mod log_out;
mod me;
mod member;
mod messages;
mod query;
mod register;
mod shared;
mod socket;
mod spoken;
mod users;
mod welcome;

use axum::{
    Router,
    routing::{get, post, put},
};

pub(crate) use self::described::GROUP;
use self::member::Member;
pub(crate) use crate::fastapi::refused;
use crate::{App, OpenList};

pub(crate) fn router(app: &App) -> Router<App> {
    let users = Router::new()
        .route("/users", get(users::list))
        .route("/users/search", get(users::search))
        .route("/users/{user_id}", get(users::one));
    let events = Router::new()
        .route("/events", post(events::create).get(events::list))
        .route("/events/{event_id}", get(events::one));
    Router::new()
        .merge(app.guarded::<Member>(OpenList::Users, users))
        .merge(app.guarded::<Member>(OpenList::Events, events))
        .route("/", get(welcome::handler))
        .route("/register", post(register::handler))
        .route("/auth/register", post(register::handler))
        .route("/login", post(log_in::handler))
        .route("/auth/login", post(log_in::handler))
        .route("/auth/logout", post(log_out::handler))
        .route("/auth/me", get(me::handler))
        .route("/users/me", put(users::change_me))
        .route("/messages", post(messages::send))
        .route("/messages/received", get(messages::received))
        .route("/messages/conversation/{user_id}", get(messages::conversation))
        .route("/messages/sent", get(messages::sent))
        .route("/messages/{message_id}/read", put(messages::mark_read))
        .route("/ws", get(socket::without_token))
        .route("/ws/{token}", get(socket::handler))
}
