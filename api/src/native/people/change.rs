//! `PUT /api/v1/people/{id}/role`, `PUT /api/v1/people/{id}/active`, `DELETE /api/v1/people/{id}`

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use commands::user::{Activate, AmendRejected, ChangeRole, Deactivate, EraseUser};
use schema::{Role, UserId};
use utoipa::ToSchema;

use super::shown::{Shown, changed};
use crate::{
    App,
    native::{
        Kind, Problem,
        caller::Administrator,
        path::Id,
        problem::from_execution,
        sent::{Bare, Headers, Order},
    },
};

/// What somebody is to be from now on.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct RoleChange {
    /// `user`, `auditor` or `admin`.
    #[schema(example = "auditor")]
    role: String,
}

/// Whether an account is to be used.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct ActiveChange {
    #[schema(example = false)]
    active: bool,
}

/// Give somebody another role
///
/// Who loses one loses their sessions with it.
#[utoipa::path(
    put, path = "/api/v1/people/{person_id}/role", operation_id = "change_role",
    security(("bearer" = [])),
    params(("person_id" = i64, Path, example = 7), Headers),
    request_body = RoleChange,
    responses(
        (status = 200, body = Shown, headers(("ETag" = String))),
        (status = 409, description = "Nobody else is an active administrator"),
    )
)]
pub(crate) async fn role(
    State(app): State<App>,
    Administrator(member): Administrator,
    Id(user): Id,
    Order { mut fields, envelope }: Order,
) -> Result<Response, Problem> {
    let role = fields.text("role", |name| {
        Role::parse(name).ok_or("the role is not one of user, auditor, admin")
    });
    let command = ChangeRole { user: UserId(user), role: fields.finish(role)? };
    let request = envelope.accept(&app, member.request.clone(), None).await?;
    let amended = app.commands.change_role(&command, &request).await;
    changed(&app, &amended.map_err(|error| from_execution(error, refusal))?, &member).await
}

/// Close or open an account
///
/// Closing it ends its sessions.
#[utoipa::path(
    put, path = "/api/v1/people/{person_id}/active", operation_id = "change_active",
    security(("bearer" = [])),
    params(("person_id" = i64, Path, example = 7), Headers),
    request_body = ActiveChange,
    responses(
        (status = 200, body = Shown, headers(("ETag" = String))),
        (status = 409, description = "Nobody else is an active administrator"),
    )
)]
pub(crate) async fn active(
    State(app): State<App>,
    Administrator(member): Administrator,
    Id(user): Id,
    Order { mut fields, envelope }: Order,
) -> Result<Response, Problem> {
    let active = fields.flag("active");
    let (user, active) = (UserId(user), fields.finish(active)?);
    let request = envelope.accept(&app, member.request.clone(), None).await?;
    let amended = if active {
        app.commands.activate(&Activate { user }, &request).await
    } else {
        app.commands.deactivate(&Deactivate { user }, &request).await
    };
    changed(&app, &amended.map_err(|error| from_execution(error, refusal))?, &member).await
}

/// Erase somebody
///
/// Their data cannot be read from here on, wherever it stands.
#[utoipa::path(
    delete, path = "/api/v1/people/{person_id}", operation_id = "erase_person",
    security(("bearer" = [])),
    params(("person_id" = i64, Path, example = 7), Headers),
    responses(
        (status = 204, description = "They are gone"),
        (status = 409, description = "Nobody else is an active administrator"),
    )
)]
pub(crate) async fn erase(
    State(app): State<App>,
    Administrator(member): Administrator,
    Id(user): Id,
    Bare(envelope): Bare,
) -> Result<Response, Problem> {
    let command = EraseUser { user: UserId(user) };
    let request = envelope.accept(&app, member.request, None).await?;
    let erased = app.commands.erase_user(&command, &request).await;
    let erased = erased.map_err(|error| from_execution(error, refusal))?;
    app.sessions.doubt_all_of(command.user);
    Ok((StatusCode::NO_CONTENT, app.written(erased.position).await).into_response())
}

/// What stands in the way of a change.
pub(in crate::native) fn refusal(rejected: AmendRejected) -> Problem {
    match rejected {
        AmendRejected::NoSuchUser => Problem::NOT_FOUND,
        AmendRejected::EmailTaken => Problem::new(Kind::Taken, "another account has the address"),
        AmendRejected::LastAdministrator => Problem::of(Kind::LastAdministrator),
    }
}
