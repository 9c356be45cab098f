//! `GET`, `PUT` and `DELETE /api/v1/users/me`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use commands::user::{ChangeAccount, EraseUser};
use projections::UsersQuery;
use schema::Password;
use utoipa::ToSchema;

use super::{
    shown::Account,
    update::{answer, fill, not_amended, nothing, refusal},
};
use crate::{
    App,
    caller::Caller,
    fastapi::{Detail, Failure, Fields, known},
    hindered::from_execution,
    limits::{Offence, Visitor},
};

/// What is to be different about oneself.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct OwnChange {
    /// One account at the most has it.
    #[schema(example = "ada@example.com")]
    email: Option<String>,
    #[schema(example = "ada", min_length = 3, max_length = 50)]
    username: Option<String>,
    /// All other sessions end with the old one.
    #[schema(example = "a longer secret", min_length = 8)]
    password: Option<String>,
    /// Looked at where it is given.
    #[schema(example = "a longer secret")]
    current_password: Option<String>,
}

/// Know who you are
#[utoipa::path(
    get, path = "/api/v1/users/me", operation_id = "accounts_me",
    security(("bearer" = [])), responses((status = 200, body = Account))
)]
pub(super) async fn show(State(app): State<App>, caller: Caller) -> Result<Response, Failure> {
    let (user, _) = known(caller)?;
    let read = app.pool.user(user).await?;
    // The account is in the log; the read models have only to catch up.
    let user = read.value.ok_or(Failure::hindered("Account not projected yet, try again"))?;
    Ok((app.read_at(read.position), Json(Account::from(user))).into_response())
}

/// Change your account
///
/// Privileges in the body are passed over: nobody raises their own.
#[utoipa::path(
    put, path = "/api/v1/users/me", operation_id = "accounts_change_me",
    security(("bearer" = [])), request_body = OwnChange,
    responses(
        (status = 200, body = Account),
        (status = 400, body = Detail, description = "The address is taken, or the current password is another one"),
        (status = 404, body = Detail, description = "The account is gone"),
    )
)]
pub(super) async fn change(
    State(app): State<App>,
    visitor: Visitor,
    caller: Caller,
    fields: Result<Fields, Failure>,
) -> Result<Response, Failure> {
    let (user, request) = known(caller)?;
    let mut fields = fields?;
    let mut command = ChangeAccount { keep: request.credential, ..ChangeAccount::of(user) };
    fill(&mut command, &mut fields);
    if fields.has("current_password") {
        command.current = fields.text("current_password", |text| Password::parse(text, 0));
    }
    fields.finish(Some(()))?;

    if command.current.is_some() {
        visitor.admit(Offence::WrongPassword)?;
    }
    if command.email.is_some() {
        visitor.admit(Offence::Telling)?;
    }
    let amended = app.commands.change_account(&command, &request).await;
    let amended = visitor
        .judged(amended)
        .map_err(|error| from_execution(error, |rejected| refusal(rejected, request.at)))?;
    app.sessions.doubt_all_of(user);
    answer(&app, amended).await
}

/// Erase your account
#[utoipa::path(
    delete, path = "/api/v1/users/me", operation_id = "accounts_erase_me",
    security(("bearer" = [])),
    responses(
        (status = 204, description = "It is gone"),
        (status = 400, body = Detail, description = "Nobody else administers"),
        (status = 404, body = Detail, description = "It was gone"),
    )
)]
pub(super) async fn erase(State(app): State<App>, caller: Caller) -> Result<Response, Failure> {
    let (user, request) = known(caller)?;
    let erased = app.commands.erase_user(&EraseUser { user }, &request).await;
    let erased = erased.map_err(|error| from_execution(error, not_amended))?;
    app.sessions.doubt_all_of(user);
    Ok(nothing(&app, &erased).await)
}
