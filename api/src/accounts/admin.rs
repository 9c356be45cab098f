//! `GET /api/v1/admin/users`; `GET`, `PUT` and `DELETE /api/v1/admin/users/{id}`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use commands::user::{ChangeAccount, EraseUser};
use projections::UsersQuery;
use utoipa::ToSchema;

use super::{
    id::Id,
    member::{NO_SUCH_USER, administrator},
    shown::Account,
    update::{answer, fill, not_amended, nothing, refusal},
};
use crate::{
    App,
    caller::Caller,
    fastapi::{Detail, Failure, Fields},
    hindered::from_execution,
};

/// What is to be different about an account.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct AdminChange {
    /// One account at the most has it.
    #[schema(example = "ada@example.com")]
    email: Option<String>,
    #[schema(example = "ada", min_length = 3, max_length = 50)]
    username: Option<String>,
    #[schema(example = "a longer secret", min_length = 8)]
    password: Option<String>,
    /// Whether it may be used; who is closed out is logged out.
    is_active: Option<bool>,
    /// Whether it is an administrator's; who is one no more is logged out.
    is_admin: Option<bool>,
}

/// See everybody
#[utoipa::path(
    get, path = "/api/v1/admin/users", operation_id = "accounts_list",
    security(("bearer" = [])), responses((status = 200, body = Vec<Account>))
)]
pub(super) async fn list(State(app): State<App>, caller: Caller) -> Result<Response, Failure> {
    administrator(caller)?;
    let read = app.pool.accounts().await?;
    let users = read.value.collect().await?;
    let users: Vec<Account> = users.into_iter().map(Account::from).collect();
    Ok((app.read_at(read.position), Json(users)).into_response())
}

/// See one account
#[utoipa::path(
    get, path = "/api/v1/admin/users/{user_id}", operation_id = "accounts_show",
    security(("bearer" = [])),
    params(("user_id" = String, Path, description = "24 hexadecimal digits, or the id in decimal")),
    responses(
        (status = 200, body = Account),
        (status = 404, body = Detail, description = "Nobody"),
    )
)]
pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    id: Result<Id, Failure>,
) -> Result<Response, Failure> {
    administrator(caller)?;
    let read = app.pool.user(id?.0).await?;
    let user = read.value.ok_or(NO_SUCH_USER)?;
    Ok((app.read_at(read.position), Json(Account::from(user))).into_response())
}

/// Change an account
#[utoipa::path(
    put, path = "/api/v1/admin/users/{user_id}", operation_id = "accounts_change",
    security(("bearer" = [])),
    params(("user_id" = String, Path, description = "24 hexadecimal digits, or the id in decimal")),
    request_body = AdminChange,
    responses(
        (status = 200, body = Account),
        (status = 400, body = Detail, description = "The address is taken, or nobody else administers"),
        (status = 404, body = Detail, description = "Nobody"),
    )
)]
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
    answer(&app, amended).await
}

/// Erase an account
#[utoipa::path(
    delete, path = "/api/v1/admin/users/{user_id}", operation_id = "accounts_erase",
    security(("bearer" = [])),
    params(("user_id" = String, Path, description = "24 hexadecimal digits, or the id in decimal")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 400, body = Detail, description = "Nobody else administers"),
        (status = 404, body = Detail, description = "Nobody"),
    )
)]
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
