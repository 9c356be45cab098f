//! `GET /users/`, `GET /users/{user_id}`

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use projections::{User, UsersQuery};
use schema::UserId;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Failure,
    failure::{Detail, known},
    query::{Id, Page},
};
use crate::{App, OpenList, caller::Caller, listed::listed};

/// Somebody, as everybody may see them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Person {
    id: i64,
    #[schema(example = "ada")]
    username: String,
    #[schema(example = "ada@example.com")]
    email: Option<String>,
}

/// See who is there
#[utoipa::path(
    get, path = "/users", operation_id = "list_users", tag = "people", params(Page),
    responses((status = 200, body = Vec<Person>))
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    page: Page,
) -> Result<Response, Failure> {
    app.lists.admit(OpenList::Users, caller, known)?;
    let read = app.pool.users(page.skip, page.limit(), app.bootstrap).await?;
    Ok((app.read_at(read.position), listed(read.value, shown)).into_response())
}

/// See somebody
#[utoipa::path(
    get, path = "/users/{user_id}", operation_id = "user", tag = "people",
    params(("user_id" = i64, Path)),
    responses((status = 200, body = Person), (status = 404, body = Detail, description = "Nobody"))
)]
pub(crate) async fn one(State(app): State<App>, Id(id): Id) -> Result<Response, Failure> {
    let read = app.pool.listed_user(UserId(id), app.bootstrap).await?;
    let absent = Failure::sentence(StatusCode::NOT_FOUND, "Utilisateur non trouvé");
    let user = read.value.ok_or(absent)?;
    Ok((app.read_at(read.position), Json(shown(&user))).into_response())
}

fn shown(user: &User) -> Person {
    Person { id: user.id.0, username: user.username.clone(), email: user.email.clone() }
}
