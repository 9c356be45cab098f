//! `GET /userManager`

use std::collections::HashMap;

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Response},
};
use schema::Scope;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    failure::{Failure, Message},
    keys::ApiKey,
};
use crate::{App, clock};

/// Whose token it is.
#[derive(Serialize, ToSchema)]
struct Owner {
    /// As it was spelled when the token was asked for.
    #[schema(example = "testMail0@example.com")]
    email: String,
}

/// Know whose token it is
///
/// Answered from the log, so that whoever has just asked for a token can use it at once.
#[utoipa::path(
    get, path = "/userManager", operation_id = "directory_user_manager",
    security(("api_key" = [])),
    params(("token" = String, Query, description = "As `/insertEmail` has given it")),
    responses(
        (status = 200, body = Owner),
        (status = 400, body = Message, description = "There is no token"),
        (status = 401, body = Message, description = "The token is none of ours"),
    )
)]
pub(super) async fn handler(
    State(app): State<App>,
    _key: ApiKey,
    query: Result<Query<HashMap<String, String>>, QueryRejection>,
) -> Result<Response, Failure> {
    let Query(query) = query.map_err(|_| Failure::WRONG_TOKEN)?;
    let token = query.get("token").filter(|token| !token.is_empty()).ok_or(Failure::NO_TOKEN)?;
    let (entry, given_for) = app.directory.entry(token).ok_or(Failure::WRONG_TOKEN)?;
    if let ApiKey::Issued(key) = given_for {
        let opens = app.commands.key_opens(key, Scope::Directory, clock::now()).await;
        if !opens? {
            return Err(Failure::WRONG_TOKEN);
        }
    }
    let email = app.commands.directory_spelling(entry.user, entry.spelling).await;
    let email = email?.ok_or(Failure::WRONG_TOKEN)?;
    Ok(Json(Owner { email }).into_response())
}
