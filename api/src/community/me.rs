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

use super::shared::{Refused, Shared};
use crate::{
    App,
    caller::Caller,
    fastapi::{Failure, known},
    times::rfc3339,
};

/// The account of the caller.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    #[schema(example = 7)]
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
    responses(
        (status = 200, body = Me),
        (status = 401, body = Refused, description = "No bearer token, or one that proves nothing"),
        (status = 403, body = Refused, description = "The account is closed"),
    )
)]
pub(crate) async fn handler(State(app): State<App>, caller: Caller) -> Result<Response, Shared> {
    let (user, _) = known(caller)?;
    let read = app.pool.user(user).await.map_err(Failure::from)?;
    // The account is in the log; the read models have only to catch up.
    let user = read.value.ok_or(Failure::hindered("Account not projected yet, try again"))?;
    let body = Me::of(user.id, user.username, user.email, user.created_at);
    Ok((app.read_at(read.position), Json(body)).into_response())
}
