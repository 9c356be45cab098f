//! `GET /auth/me`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use projections::UsersQuery;
use serde_json::json;

use super::{Failure, failure::known_to_both};
use crate::{App, caller::Caller, times::rfc3339};

pub(crate) async fn handler(State(app): State<App>, caller: Caller) -> Result<Response, Failure> {
    let (user, _) = known_to_both(caller)?;
    let read = app.pool.user(user).await?;
    // The account is in the log; the read models have only to catch up.
    let user = read.value.ok_or(Failure::Unavailable("Account not projected yet, try again"))?;
    let body = json!({
        "id": user.id,
        "username": user.username,
        "name": user.username,
        "email": user.email,
        "created_at": rfc3339(user.created_at),
    });
    Ok((app.read_at(read.position), Json(body)).into_response())
}
