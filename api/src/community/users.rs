//! `GET /users/`, `GET /users/{user_id}`, `GET /users/search`, `PUT /users/me`

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use commands::user::{AmendRejected, ChangeProfile};
use projections::{User, UsersQuery};
use schema::{EmailAddress, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    me::Me,
    query::{Id, Page, Text},
    register::{EMAIL_TAKEN, username},
};
use crate::{
    App,
    caller::Caller,
    fastapi::{Detail, Failure, Fields, known},
    hindered::from_execution,
    limits::{Offence, Visitor},
    listed::listed,
};

/// Somebody has erased the account since.
const GONE: Failure = Failure::Unauthorized("Could not validate credentials");

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
    get, path = "/users", operation_id = "list_users",
    security((), ("bearer" = [])), params(Page),
    responses((status = 200, body = Vec<Person>))
)]
pub(crate) async fn list(State(app): State<App>, page: Page) -> Result<Response, Failure> {
    let read = app.pool.users(page.skip, page.limit(), app.bootstrap).await?;
    Ok((app.read_at(read.position), listed(read.value, shown)).into_response())
}

/// Look for people by their names
#[utoipa::path(
    get, path = "/users/search", operation_id = "search_users",
    security((), ("bearer" = [])),
    params(("query" = String, Query, description = "Some part of the name, in any case"), Page),
    responses((status = 200, body = Vec<Person>))
)]
pub(crate) async fn search(
    State(app): State<App>,
    Text(text): Text,
    page: Page,
) -> Result<Response, Failure> {
    // No name has a control character, and Postgres takes no NUL.
    let text = if text.chars().any(char::is_control) { "" } else { &text };
    let read = app.pool.users_named(text, page.skip, page.limit(), app.bootstrap).await?;
    Ok((app.read_at(read.position), listed(read.value, shown)).into_response())
}

/// What is to be different.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct Change {
    /// Three characters at least.
    #[schema(example = "countess", min_length = 3)]
    username: Option<String>,
    /// One account at the most has it.
    #[schema(example = "ada@example.com")]
    email: Option<String>,
}

/// Change your name or address
#[utoipa::path(
    put, path = "/users/me", operation_id = "change_me",
    security(("bearer" = [])), request_body = Change,
    responses(
        (status = 200, body = Me),
        (status = 400, body = Detail, description = "The address is taken"),
    )
)]
pub(crate) async fn change_me(
    State(app): State<App>,
    visitor: Visitor,
    caller: Caller,
    mut fields: Fields,
) -> Result<Response, Failure> {
    let (user, request) = known(caller)?;
    let mut command = ChangeProfile { user, username: None, email: None };
    if fields.has("username") {
        command.username = fields.text("username", username);
    }
    if fields.has("email") {
        command.email = fields.text("email", EmailAddress::parse);
    }
    fields.finish(Some(()))?;

    if command.email.is_some() {
        visitor.admit(Offence::Telling)?;
    }
    let changed = app.commands.change_profile(&command, &request).await;
    let changed = visitor.judged(changed).map_err(|error| from_execution(error, refusal))?;
    let person = changed.person.ok_or(GONE)?;
    let body = Me::of(person.user, person.username, person.email, person.registered_at);
    Ok((app.written(changed.position).await, Json(body)).into_response())
}

fn refusal(rejected: AmendRejected) -> Failure {
    match rejected {
        AmendRejected::NoSuchUser => GONE,
        AmendRejected::EmailTaken => EMAIL_TAKEN,
        // A name and an address leave everybody what they are.
        AmendRejected::LastAdministrator => {
            Failure::sentence(StatusCode::BAD_REQUEST, "Last administrator")
        }
    }
}

/// See somebody
#[utoipa::path(
    get, path = "/users/{user_id}", operation_id = "user",
    security((), ("bearer" = [])),
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
