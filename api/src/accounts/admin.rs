//! `GET /api/v1/admin/users`; `GET`, `PUT` and `DELETE /api/v1/admin/users/{id}`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use commands::user::{ChangeAccount, EraseUser};
use projections::UsersQuery;
use serde_json::Value;

use super::{
    id::Id,
    member::{NO_SUCH_USER, administrator},
    shown,
    update::{answer, fill, not_amended, nothing, refusal},
};
use crate::{
    App,
    caller::Caller,
    community::{Failure, Fields, from_execution},
};

pub(super) async fn list(State(app): State<App>, caller: Caller) -> Result<Response, Failure> {
    administrator(caller)?;
    let read = app.pool.accounts().await?;
    let users = read.value.collect().await?;
    let users: Vec<Value> = users.iter().map(shown::user).collect();
    Ok((app.read_at(read.position), Json(users)).into_response())
}

pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    id: Result<Id, Failure>,
) -> Result<Response, Failure> {
    administrator(caller)?;
    let read = app.pool.user(id?.0).await?;
    let user = read.value.ok_or(NO_SUCH_USER)?;
    Ok((app.read_at(read.position), Json(shown::user(&user))).into_response())
}

pub(super) async fn change(
    State(app): State<App>,
    caller: Caller,
    id: Result<Id, Failure>,
    fields: Result<Fields, Failure>,
) -> Result<Response, Failure> {
    let (administrator, request) = administrator(caller)?;
    let (user, mut fields) = (id?.0, fields?);
    let mut command = ChangeAccount::of(user);
    fill(&mut command, &mut fields);
    command.active = fields.flag("is_active");
    command.admin = fields.flag("is_admin");
    // Somebody else's session has nothing to do with this account.
    command.keep = request.credential.filter(|_| user == administrator);
    fields.finish(Some(()))?;

    let amended = app.commands.change_account(&command, &request).await;
    let amended =
        amended.map_err(|error| from_execution(error, |rejected| refusal(rejected, request.at)))?;
    app.sessions.doubt_all_of(user);
    answer(&app, &amended).await
}

pub(super) async fn erase(
    State(app): State<App>,
    caller: Caller,
    id: Result<Id, Failure>,
) -> Result<Response, Failure> {
    let (_, request) = administrator(caller)?;
    let user = id?.0;
    let erased = app.commands.erase_user(&EraseUser { user }, &request).await;
    let erased = erased.map_err(|error| from_execution(error, not_amended))?;
    app.sessions.doubt_all_of(user);
    Ok(nothing(&app, &erased).await)
}
