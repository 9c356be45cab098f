//! `PUT /api/v1/people/{id}/role`, `PUT /api/v1/people/{id}/active`, `DELETE /api/v1/people/{id}`

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use commands::user::{Activate, AmendRejected, ChangeRole, Deactivate, EraseUser};
use schema::{Role, UserId};

use super::shown::changed;
use crate::{
    App,
    native::{
        Kind, Problem, body::Fields, caller::Administrator, path::Id, problem::from_execution,
    },
};

pub(crate) async fn role(
    State(app): State<App>,
    Administrator(member): Administrator,
    Id(user): Id,
    mut fields: Fields,
) -> Result<Response, Problem> {
    let role = fields.text("role", |name| {
        Role::parse(name).ok_or("the role is not one of user, auditor, admin")
    });
    let command = ChangeRole { user: UserId(user), role: fields.finish(role)? };
    let amended = app.commands.change_role(&command, &member.request).await;
    changed(&app, &amended.map_err(|error| from_execution(error, refusal))?, &member).await
}

pub(crate) async fn active(
    State(app): State<App>,
    Administrator(member): Administrator,
    Id(user): Id,
    mut fields: Fields,
) -> Result<Response, Problem> {
    let active = fields.flag("active");
    let (user, active) = (UserId(user), fields.finish(active)?);
    let amended = if active {
        app.commands.activate(&Activate { user }, &member.request).await
    } else {
        app.commands.deactivate(&Deactivate { user }, &member.request).await
    };
    changed(&app, &amended.map_err(|error| from_execution(error, refusal))?, &member).await
}

pub(crate) async fn erase(
    State(app): State<App>,
    Administrator(member): Administrator,
    Id(user): Id,
) -> Result<Response, Problem> {
    let command = EraseUser { user: UserId(user) };
    let erased = app.commands.erase_user(&command, &member.request).await;
    let erased = erased.map_err(|error| from_execution(error, refusal))?;
    Ok((StatusCode::NO_CONTENT, app.written(erased.position).await).into_response())
}

/// What stands in the way of a change.
pub(super) fn refusal(rejected: AmendRejected) -> Problem {
    match rejected {
        AmendRejected::NoSuchUser => Problem::NOT_FOUND,
        AmendRejected::EmailTaken => Problem::new(Kind::Taken, "another account has the address"),
        AmendRejected::LastAdministrator => Problem::of(Kind::LastAdministrator),
    }
}
