//! `PATCH` and `DELETE /api/v1/machines/{id}`, `POST /api/v1/machines/{id}/stop`,
//! `PUT /api/v1/machines/{id}/owner`
//!
//! Another's machine is as good as none.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use commands::machine::{
    AttachVm, AttachVmRejected, ChangeVm, ChangeVmRejected, DeleteVm, DeleteVmRejected, StopVm,
    StopVmRejected,
};
use schema::{Amount, Line, UserId, VmId};
use utoipa::ToSchema;

use super::{
    create::status,
    shown::{Shown, settled},
};
use crate::{
    App,
    native::{
        Problem,
        caller::Author,
        path::Id,
        problem::{Wrong, from_execution},
        sent::{Bare, Headers, Order},
    },
};

/// What is to be different about a machine.
#[derive(ToSchema)]
#[schema(as = NativeMachineChange)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct MachineChange {
    #[schema(example = "web-2")]
    name: Option<String>,
    #[schema(example = "Debian 13")]
    operating_system: Option<String>,
    #[schema(example = 8, minimum = 1)]
    cpu_cores: Option<i64>,
    #[schema(example = 32, minimum = 1)]
    ram_gb: Option<i64>,
    #[schema(example = 400, minimum = 1)]
    disk_gb: Option<i64>,
    /// `running`, `stopped`, `paused`, `provisioning` or `deleting`.
    #[schema(example = "paused")]
    status: Option<String>,
}

/// Whose a machine is to be.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct NewOwner {
    #[schema(example = 8)]
    owner_id: i64,
}

/// Change a machine
#[utoipa::path(
    patch, path = "/api/v1/machines/{machine_id}", operation_id = "change_machine",
    security(("bearer" = [])),
    params(("machine_id" = i64, Path, example = 3), Headers),
    request_body = MachineChange,
    responses((status = 200, body = Shown, headers(("ETag" = String))))
)]
pub(crate) async fn change(
    State(app): State<App>,
    Author(member): Author,
    Id(id): Id,
    Order { mut fields, envelope }: Order,
) -> Result<Response, Problem> {
    let command = ChangeVm {
        vm: VmId(id),
        caller: member.user,
        owner: None,
        name: fields.optional("name", |fields, name| fields.text(name, Line::parse)),
        operating_system: fields
            .optional("operating_system", |fields, name| fields.text(name, Line::parse)),
        cpu_cores: fields.optional("cpu_cores", |fields, name| fields.integer(name, Amount::parse)),
        ram_gb: fields.optional("ram_gb", |fields, name| fields.integer(name, Amount::parse)),
        disk_gb: fields.optional("disk_gb", |fields, name| fields.integer(name, Amount::parse)),
        status: fields.optional("status", |fields, name| fields.text(name, status)),
    };
    fields.finish(Some(()))?;
    let request = envelope.accept(&app, member.request, None).await?;
    let changed = app.commands.change_vm(&command, &request).await;
    let changed = changed.map_err(|error| {
        from_execution(error, |rejected| match rejected {
            ChangeVmRejected::NoSuchVm | ChangeVmRejected::Forbidden => Problem::NOT_FOUND,
            ChangeVmRejected::NoSuchUser => no_such_owner(),
        })
    })?;
    Ok(settled(&app, changed).await)
}

/// Delete a machine
#[utoipa::path(
    delete, path = "/api/v1/machines/{machine_id}", operation_id = "delete_machine",
    security(("bearer" = [])),
    params(("machine_id" = i64, Path, example = 3), Headers),
    responses((status = 204, description = "It is gone"))
)]
pub(crate) async fn delete(
    State(app): State<App>,
    Author(member): Author,
    Id(id): Id,
    Bare(envelope): Bare,
) -> Result<Response, Problem> {
    let command = DeleteVm { vm: VmId(id), caller: member.user };
    let request = envelope.accept(&app, member.request, None).await?;
    let deleted = app.commands.delete_vm(&command, &request).await;
    let deleted = deleted.map_err(|error| {
        from_execution(error, |rejected| match rejected {
            DeleteVmRejected::NoSuchVm | DeleteVmRejected::Forbidden => Problem::NOT_FOUND,
        })
    })?;
    Ok((StatusCode::NO_CONTENT, app.written(deleted.position).await).into_response())
}

/// Stop a machine
#[utoipa::path(
    post, path = "/api/v1/machines/{machine_id}/stop", operation_id = "stop_machine",
    security(("bearer" = [])),
    params(("machine_id" = i64, Path, example = 3), Headers),
    responses((status = 200, body = Shown, headers(("ETag" = String))))
)]
pub(crate) async fn stop(
    State(app): State<App>,
    Author(member): Author,
    Id(id): Id,
    Bare(envelope): Bare,
) -> Result<Response, Problem> {
    let command = StopVm { vm: VmId(id), caller: member.user };
    let request = envelope.accept(&app, member.request, None).await?;
    let stopped = app.commands.stop_vm(&command, &request).await;
    let stopped = stopped.map_err(|error| {
        from_execution(error, |rejected| match rejected {
            StopVmRejected::NoSuchVm | StopVmRejected::Forbidden => Problem::NOT_FOUND,
        })
    })?;
    Ok(settled(&app, stopped).await)
}

/// Hand a machine over
#[utoipa::path(
    put, path = "/api/v1/machines/{machine_id}/owner", operation_id = "hand_machine_over",
    security(("bearer" = [])),
    params(("machine_id" = i64, Path, example = 3), Headers),
    request_body = NewOwner,
    responses((status = 200, body = Shown, headers(("ETag" = String))))
)]
pub(crate) async fn hand_over(
    State(app): State<App>,
    Author(member): Author,
    Id(id): Id,
    Order { mut fields, envelope }: Order,
) -> Result<Response, Problem> {
    let owner = fields.id("owner_id", UserId);
    let command = AttachVm { vm: VmId(id), caller: member.user, owner: fields.finish(owner)? };
    let request = envelope.accept(&app, member.request, None).await?;
    let attached = app.commands.attach_vm(&command, &request).await;
    let attached = attached.map_err(|error| {
        from_execution(error, |rejected| match rejected {
            AttachVmRejected::NoSuchVm | AttachVmRejected::Forbidden => Problem::NOT_FOUND,
            AttachVmRejected::NoSuchUser => no_such_owner(),
        })
    })?;
    Ok(settled(&app, attached).await)
}

fn no_such_owner() -> Problem {
    Problem::invalid(vec![Wrong {
        pointer: "#/owner_id".to_owned(),
        code: "absent",
        detail: "there is no such person".to_owned(),
    }])
}
