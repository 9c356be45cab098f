//! `GET /userManager`

use std::collections::HashMap;

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{failure::Failure, keys::ApiKey};
use crate::App;

/// Answered from the log, so that whoever has just asked for a token can use it at once.
pub(super) async fn handler(
    State(app): State<App>,
    _key: ApiKey,
    query: Result<Query<HashMap<String, String>>, QueryRejection>,
) -> Result<Response, Failure> {
    let Query(query) = query.map_err(|_| Failure::WRONG_TOKEN)?;
    let token = query.get("token").filter(|token| !token.is_empty()).ok_or(Failure::NO_TOKEN)?;
    let entry = app.directory.entry(token).ok_or(Failure::WRONG_TOKEN)?;
    let email = app.commands.directory_spelling(entry.user, entry.spelling).await;
    let email = email.map_err(|failure| Failure::of_log(&failure))?;
    let email = email.ok_or(Failure::WRONG_TOKEN)?;
    Ok(Json(json!({ "email": email })).into_response())
}
