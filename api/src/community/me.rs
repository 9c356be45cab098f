//! `GET /auth/me`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use projections::UsersQuery;
use schema::UserId;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Failure, failure::known_to_both};
use crate::{App, caller::Caller, times::rfc3339};

/// The account of the caller.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    id: i64,
    #[schema(example = "ada")]
    username: String,
    /// The same, for clients that call it so.
    #[schema(example = "ada")]
    name: String,
    #[schema(example = "ada@example.com")]
    email: Option<String>,
    #[schema(example = "2026-03-14T12:00:00.000000Z")]
    created_at: String,
}

impl Me {
    pub(super) fn of(
        id: UserId,
        username: String,
        email: Option<String>,
        since: DateTime<Utc>,
    ) -> Self {
        Self { id: id.0, name: username.clone(), username, email, created_at: rfc3339(since) }
    }
}

/// Know who you are
#[utoipa::path(
    get, path = "/auth/me", operation_id = "me",
    security(("bearer" = [])),
    responses((status = 200, body = Me))
)]
pub(crate) async fn handler(State(app): State<App>, caller: Caller) -> Result<Response, Failure> {
    let (user, _) = known_to_both(caller)?;
    let read = app.pool.user(user).await?;
    // The account is in the log; the read models have only to catch up.
    let user = read.value.ok_or(Failure::Unavailable("Account not projected yet, try again"))?;
    let body = Me::of(user.id, user.username, user.email, user.created_at);
    Ok((app.read_at(read.position), Json(body)).into_response())
}
