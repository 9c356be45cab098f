//! The native API: everything below `/api/v1` that is not the Accounts façade's.
//!
//! One file per resource. Refusals are problem details (RFC 9457), lists are pages of `items`, and
//! every answer names the place of the log that it is of.

mod api_keys;
mod audit;
mod body;
mod caller;
mod cursor;
mod described;
mod events;
mod export;
mod machines;
mod messages;
mod moment;
mod page;
mod password;
mod password_resets;
mod path;
mod people;
mod problem;
mod program;
mod projections;
mod sent;
mod sessions;
mod stream;
mod tickets;

use axum::{
    Router,
    routing::{delete, get, post, put},
};

pub use self::audit::Audit;
pub(crate) use self::{
    described::GROUP,
    problem::{Kind, Problem},
    stream::asyncapi,
};
use crate::{App, front::Refusal};

/// What below `/api/v1` is the Accounts façade's.
const ACCOUNTS: &[&str] = &["auth", "admin/users"];

pub(crate) fn router() -> Router<App> {
    audit::router()
        .route("/api/v1/stream", get(stream::handler))
        .route("/api/v1/people", get(people::list::all).post(people::register::handler))
        .route("/api/v1/people/me", put(people::me::profile))
        .route("/api/v1/people/me/export", get(export::handler))
        .route("/api/v1/users/me/export", get(export::handler))
        .route("/api/v1/people/me/password", put(people::me::password))
        .route("/api/v1/people/{person_id}", get(people::list::one).delete(people::change::erase))
        .route("/api/v1/people/{person_id}/role", put(people::change::role))
        .route("/api/v1/people/{person_id}/active", put(people::change::active))
        .route("/api/v1/password-resets", post(password_resets::handler))
        .route("/api/v1/api-keys", get(api_keys::list).post(api_keys::issue))
        .route("/api/v1/api-keys/{key_id}", delete(api_keys::revoke))
        .route("/api/v1/socket-tickets", post(tickets::issue))
        .route("/api/v1/events", get(events::list).post(events::create))
        .route("/api/v1/events/{event_id}", get(events::one))
        .route("/api/v1/projections", get(projections::standing))
        .route(
            "/api/v1/sessions",
            get(sessions::list::handler)
                .post(sessions::begin::log_in)
                .delete(sessions::end::others),
        )
        .route("/api/v1/sessions/refresh", post(sessions::begin::refresh))
        .route("/api/v1/sessions/{session_id}", delete(sessions::end::one))
        .route("/api/v1/messages", get(messages::list).post(messages::send))
        .route("/api/v1/messages/{message_id}", get(messages::one))
        .route("/api/v1/messages/{message_id}/read", put(messages::mark_read))
        .route("/api/v1/machines", get(machines::list::all).post(machines::create::handler))
        .route(
            "/api/v1/machines/{machine_id}",
            get(machines::list::one)
                .patch(machines::change::change)
                .delete(machines::change::delete),
        )
        .route("/api/v1/machines/{machine_id}/stop", post(machines::change::stop))
        .route("/api/v1/machines/{machine_id}/owner", put(machines::change::hand_over))
        .method_not_allowed_fallback(async || Problem::of(Kind::MethodNotAllowed))
}

/// A request that reached no handler.
pub(crate) fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::NotFound => Problem::NOT_FOUND,
        Refusal::UriTooLong => Problem::of(Kind::UriTooLong),
        Refusal::HeaderTooLarge => Problem::of(Kind::HeaderTooLarge),
        Refusal::Internal => Problem::of(Kind::Internal),
        Refusal::Stopping => Problem::new(Kind::Unavailable, "the service stops"),
        Refusal::WithoutLog => Problem::new(Kind::Unavailable, "the log has not been reached yet"),
    }
}

/// Whether refusals of what is asked for at `path` are this API's to word.
pub(crate) fn owns(path: &str) -> bool {
    let Some(rest) = path.strip_prefix("/api/v1") else { return false };
    let rest = match rest.strip_prefix('/') {
        Some(rest) => rest.trim_end_matches('/'),
        None if rest.is_empty() => return true,
        None => return false,
    };
    let below = |base: &str| {
        rest.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    rest != "users/me" && !ACCOUNTS.iter().any(|base| below(base))
}

#[cfg(test)]
mod tests {
    use super::owns;

    #[test]
    fn what_is_not_the_accounts_facades_is_ours() {
        for path in [
            "/api/v1",
            "/api/v1/",
            "/api/v1/events/3",
            "/api/v1/users/me/export",
            "/api/v1/authority",
            "/api/v1/nothing",
        ] {
            assert!(owns(path), "{path}");
        }
        for path in [
            "/",
            "/events",
            "/api/v10/events",
            "/api/token/",
            "/api/v1/auth/login",
            "/api/v1/users/me",
            "/api/v1/users/me/",
            "/api/v1/admin/users",
            "/api/v1/admin/users/3",
        ] {
            assert!(!owns(path), "{path}");
        }
    }
}
