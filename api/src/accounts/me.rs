//! `GET`, `PUT` and `DELETE /api/v1/users/me`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use commands::user::{ChangeAccount, EraseUser};
use projections::UsersQuery;
use schema::Password;

use super::{
    shown,
    update::{answer, fill, not_amended, nothing, refusal},
};
use crate::{
    App,
    caller::Caller,
    community::{Failure, Fields, from_execution, known},
    limits::{Offence, Visitor},
};

pub(super) async fn show(State(app): State<App>, caller: Caller) -> Result<Response, Failure> {
    let (user, _) = known(caller)?;
    let read = app.pool.user(user).await?;
    // The account is in the log; the read models have only to catch up.
    let user = read.value.ok_or(Failure::Unavailable("Account not projected yet, try again"))?;
    Ok((app.read_at(read.position), Json(shown::user(&user))).into_response())
}

/// Privileges in the body are passed over: nobody raises their own.
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
    answer(&app, &amended).await
}

pub(super) async fn erase(State(app): State<App>, caller: Caller) -> Result<Response, Failure> {
    let (user, request) = known(caller)?;
    let erased = app.commands.erase_user(&EraseUser { user }, &request).await;
    let erased = erased.map_err(|error| from_execution(error, not_amended))?;
    app.sessions.doubt_all_of(user);
    Ok(nothing(&app, &erased).await)
}
