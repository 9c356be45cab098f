//! `GET /api/v1/machines`, `GET /api/v1/machines/{id}`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use projections::MachinesQuery;
use schema::{Role, UserId, VmId};

use super::shown::{Shown, shown};
use crate::{
    App,
    native::{
        Problem,
        caller::Member,
        moment::{AsOf, Moment},
        page::{Items, Page},
        path::Id,
        sent::etag,
    },
};

/// See your machines
///
/// Administrators see everybody's.
#[utoipa::path(
    get, path = "/api/v1/machines", operation_id = "own_machines",
    security(("bearer" = [])),
    params(Page, AsOf),
    responses((status = 200, body = Items<Shown>))
)]
pub(crate) async fn all(
    State(app): State<App>,
    member: Member,
    moment: Moment,
    page: Page,
) -> Result<Response, Problem> {
    let read = app.pool.machines_of(owner(&member), page.slice(), moment.as_of).await?;
    let items =
        page.items(&app, read.value, |machine| machine.id.0, |machine| shown(&app, machine));
    Ok((app.read_at(moment.position(read.position)), Json(items)).into_response())
}

/// See one of your machines
///
/// Another's is as good as none.
#[utoipa::path(
    get, path = "/api/v1/machines/{machine_id}", operation_id = "own_machine",
    security(("bearer" = [])),
    params(("machine_id" = i64, Path, example = 3), AsOf),
    responses((status = 200, body = Shown, headers(("ETag" = String))))
)]
pub(crate) async fn one(
    State(app): State<App>,
    member: Member,
    Id(id): Id,
    moment: Moment,
) -> Result<Response, Problem> {
    let read = app.pool.machine_of(owner(&member), VmId(id), moment.as_of).await?;
    let machine = read.value.ok_or(Problem::NOT_FOUND)?;
    let told = (app.read_at(moment.position(read.position)), etag(machine.revision));
    Ok((told, Json(shown(&app, &machine))).into_response())
}

/// Whose machines somebody sees; `None` for everybody's.
fn owner(member: &Member) -> Option<UserId> {
    match member.role {
        Role::Admin => None,
        Role::User | Role::Auditor => Some(member.user),
    }
}
