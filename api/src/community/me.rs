//! `GET /auth/me`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use projections::UsersQuery;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Failure, failure::known_to_both};
use crate::{App, caller::Caller, times::rfc3339};

/// The account of the caller.
#[derive(Serialize, ToSchema)]
struct Me {
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

/// Know who you are
#[utoipa::path(
    get, path = "/auth/me", operation_id = "me", tag = "people",
    security(("bearer" = [])),
    responses((status = 200, body = Me))
)]
pub(crate) async fn handler(State(app): State<App>, caller: Caller) -> Result<Response, Failure> {
    let (user, _) = known_to_both(caller)?;
    let read = app.pool.user(user).await?;
    // The account is in the log; the read models have only to catch up.
    let user = read.value.ok_or(Failure::Unavailable("Account not projected yet, try again"))?;
    let body = Me {
        id: user.id.0,
        name: user.username.clone(),
        username: user.username,
        email: user.email,
        created_at: rfc3339(user.created_at),
    };
    Ok((app.read_at(read.position), Json(body)).into_response())
}
