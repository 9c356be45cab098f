//! `GET /user`, `POST /user`, `GET /user/{user_id}`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use projections::{User, UsersQuery};
use schema::UserId;
use serde::Serialize;

use super::{
    Failure,
    body::{Fields, Id},
    failure::from_execution,
    member::Member,
    sign_up::{newcomer, refusal},
};
use crate::{
    App,
    limits::{Offence, Visitor},
    listed::listed,
};

/// Somebody, as this façade shows them.
#[derive(Debug, Serialize)]
struct Person {
    id: i64,
    /// In milliseconds since the Unix epoch.
    created_at: i64,
    name: String,
    email: Option<String>,
}

pub(crate) async fn list(State(app): State<App>) -> Result<Response, Failure> {
    let read = app.pool.users(0, None, app.bootstrap).await?;
    Ok((app.read_at(read.position), listed(read.value, shown)).into_response())
}

pub(crate) async fn one(State(app): State<App>, Id(id): Id) -> Result<Response, Failure> {
    let read = app.pool.listed_user(UserId(id), app.bootstrap).await?;
    let user = read.value.ok_or(Failure::NOT_FOUND)?;
    Ok((app.read_at(read.position), Json(shown(&user))).into_response())
}

pub(crate) async fn create(
    State(app): State<App>,
    visitor: Visitor,
    member: Member,
    fields: Fields,
) -> Result<Response, Failure> {
    let command = newcomer(&fields)?;
    visitor.admit(Offence::Telling)?;
    let registered = app.commands.register_user(&command, &member.request).await;
    let registered = visitor.judged(registered).map_err(|error| from_execution(error, refusal))?;
    let body = Person {
        id: registered.user.0,
        created_at: registered.at.timestamp_millis(),
        name: command.username.as_str().to_owned(),
        email: Some(command.email.as_str().to_owned()),
    };
    Ok((app.written(registered.position).await, Json(body)).into_response())
}

fn shown(user: &User) -> Person {
    Person {
        id: user.id.0,
        created_at: user.created_at.timestamp_millis(),
        name: user.username.clone(),
        email: user.email.clone(),
    }
}
