//! `GET /vm`, `POST /vm`, `GET /vm/{vm_id}`, `PATCH /vm/{vm_id}`, `DELETE /vm/{vm_id}`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use commands::machine::{
    Build, ChangeVm, ChangeVmRejected, CreateVm, CreateVmRejected, DeleteVm, DeleteVmRejected,
    Settled,
};
use projections::{Machine, MachinesQuery};
use schema::{Amount, Line, UserId, VmId, VmStatus};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{
    Failure,
    body::{Fields, Id},
    failure::Refused,
    member::Member,
};
use crate::{App, hindered::from_execution, listed::listed};

/// A machine, as this façade shows it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Machine)]
pub(super) struct Shown {
    #[schema(value_type = i64)]
    id: VmId,
    /// In milliseconds since the Unix epoch.
    #[schema(example = 1_788_264_000_000_i64)]
    created_at: i64,
    /// Whose it is.
    #[schema(value_type = i64)]
    user_id: UserId,
    #[schema(example = "prod-Jeune")]
    name: String,
    #[schema(example = "Fedora 38")]
    operating_system: String,
    #[schema(example = 4)]
    cpu_cores: i64,
    #[schema(example = 16)]
    ram_gb: i64,
    #[schema(example = 250)]
    disk_gb: i64,
    /// One of `running`, `stopped`, `paused`, `provisioning`, `deleting`.
    #[schema(value_type = String, example = "running")]
    status: VmStatus,
}

/// What machine is wanted.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct MachineDraft {
    #[schema(example = 2)]
    user_id: i64,
    #[schema(example = "prod-Jeune")]
    name: String,
    #[schema(example = "Fedora 38")]
    operating_system: String,
    #[schema(example = 4, minimum = 1)]
    cpu_cores: i64,
    #[schema(example = 16, minimum = 1)]
    ram_gb: i64,
    #[schema(example = 250, minimum = 1)]
    disk_gb: i64,
    /// `stopped` where it is left out.
    #[schema(example = "running")]
    status: Option<String>,
}

/// What is to be different about a machine.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct MachineChange {
    #[schema(example = 2)]
    user_id: Option<i64>,
    #[schema(example = "prod-Jeune")]
    name: Option<String>,
    #[schema(example = "Fedora 38")]
    operating_system: Option<String>,
    #[schema(example = 4, minimum = 1)]
    cpu_cores: Option<i64>,
    #[schema(example = 16, minimum = 1)]
    ram_gb: Option<i64>,
    #[schema(example = 250, minimum = 1)]
    disk_gb: Option<i64>,
    #[schema(example = "paused")]
    status: Option<String>,
}

/// See all machines
#[utoipa::path(
    get, path = "/vm", operation_id = "inventory_machines",
    security((), ("bearer" = [])),
    responses((status = 200, body = Vec<Shown>))
)]
pub(crate) async fn list(State(app): State<App>) -> Result<Response, Failure> {
    let read = app.pool.machines().await?;
    Ok((app.read_at(read.position), listed(read.value, shown)).into_response())
}

/// See one machine
#[utoipa::path(
    get, path = "/vm/{vm_id}", operation_id = "inventory_machine",
    security((), ("bearer" = [])), params(("vm_id" = i64, Path)),
    responses((status = 200, body = Shown), (status = 404, body = Refused, description = "Nothing"))
)]
pub(crate) async fn one(State(app): State<App>, Id(id): Id) -> Result<Response, Failure> {
    let read = app.pool.machine(VmId(id)).await?;
    let machine = read.value.ok_or(Failure::NOT_FOUND)?;
    Ok((app.read_at(read.position), Json(shown(&machine))).into_response())
}

/// Create a machine for somebody
#[utoipa::path(
    post, path = "/vm", operation_id = "inventory_create_machine",
    security(("bearer" = [])), request_body = MachineDraft,
    responses((status = 200, body = Shown))
)]
pub(crate) async fn create(
    State(app): State<App>,
    member: Member,
    fields: Fields,
) -> Result<Response, Failure> {
    let command = CreateVm {
        owner: fields.id("user_id", UserId)?,
        build: Build {
            name: fields.text("name", Line::parse)?,
            operating_system: fields.text("operating_system", Line::parse)?,
            cpu_cores: fields.integer("cpu_cores", Amount::parse)?,
            ram_gb: fields.integer("ram_gb", Amount::parse)?,
            disk_gb: fields.integer("disk_gb", Amount::parse)?,
            status: fields.optional_text("status", status)?.unwrap_or_default(),
        },
    };
    let created = app.commands.create_vm(&command, &member.request).await;
    let created = created.map_err(|error| {
        from_execution(error, |rejected| match rejected {
            CreateVmRejected::NoSuchUser => no_such_user(),
        })
    })?;
    Ok(settled(&app, created).await)
}

/// Change a machine
///
/// Its owner's; an administrator's any.
#[utoipa::path(
    patch, path = "/vm/{vm_id}", operation_id = "inventory_change_machine",
    security(("bearer" = [])), params(("vm_id" = i64, Path)), request_body = MachineChange,
    responses((status = 200, body = Shown), (status = 404, body = Refused, description = "Nothing"))
)]
pub(crate) async fn change(
    State(app): State<App>,
    member: Member,
    Id(vm): Id,
    fields: Fields,
) -> Result<Response, Failure> {
    let command = ChangeVm {
        vm: VmId(vm),
        caller: member.user,
        owner: fields.optional_id("user_id", UserId)?,
        name: fields.optional_text("name", Line::parse)?,
        operating_system: fields.optional_text("operating_system", Line::parse)?,
        cpu_cores: fields.optional_integer("cpu_cores", Amount::parse)?,
        ram_gb: fields.optional_integer("ram_gb", Amount::parse)?,
        disk_gb: fields.optional_integer("disk_gb", Amount::parse)?,
        status: fields.optional_text("status", status)?,
    };
    let changed = app.commands.change_vm(&command, &member.request).await;
    let changed = changed.map_err(|error| {
        from_execution(error, |rejected| match rejected {
            ChangeVmRejected::NoSuchVm => Failure::NOT_FOUND,
            ChangeVmRejected::Forbidden => Failure::FORBIDDEN,
            ChangeVmRejected::NoSuchUser => no_such_user(),
        })
    })?;
    Ok(settled(&app, changed).await)
}

/// Delete a machine
///
/// Its owner's; an administrator's any.
#[utoipa::path(
    delete, path = "/vm/{vm_id}", operation_id = "inventory_delete_machine",
    security(("bearer" = [])), params(("vm_id" = i64, Path)),
    responses(
        (status = 200, body = Value, description = "It is gone", example = json!({})),
        (status = 404, body = Refused, description = "Nothing"),
    )
)]
pub(crate) async fn delete(
    State(app): State<App>,
    member: Member,
    Id(vm): Id,
) -> Result<Response, Failure> {
    let command = DeleteVm { vm: VmId(vm), caller: member.user };
    let deleted = app.commands.delete_vm(&command, &member.request).await;
    let deleted = deleted.map_err(|error| {
        from_execution(error, |rejected| match rejected {
            DeleteVmRejected::NoSuchVm => Failure::NOT_FOUND,
            DeleteVmRejected::Forbidden => Failure::FORBIDDEN,
        })
    })?;
    Ok((app.written(deleted.position).await, Json(json!({}))).into_response())
}

/// The answer to a command after which there is a machine: all of it.
pub(super) async fn settled(app: &App, settled: Settled) -> Response {
    let Settled { machine, position, .. } = settled;
    let body = Shown {
        id: machine.vm,
        created_at: machine.created_at.timestamp_millis(),
        user_id: machine.owner,
        name: machine.name,
        operating_system: machine.operating_system,
        cpu_cores: machine.cpu_cores,
        ram_gb: machine.ram_gb,
        disk_gb: machine.disk_gb,
        status: machine.status,
    };
    (app.written(position).await, Json(body)).into_response()
}

pub(super) fn no_such_user() -> Failure {
    Failure::input("user_id", "There is no such user.")
}

fn status(name: &str) -> Result<VmStatus, &'static str> {
    VmStatus::parse(name)
        .ok_or("Value is not one of running, stopped, paused, provisioning, deleting.")
}

fn shown(machine: &Machine) -> Shown {
    Shown {
        id: machine.id,
        created_at: machine.created_at.timestamp_millis(),
        user_id: machine.owner,
        name: machine.name.clone(),
        operating_system: machine.operating_system.clone(),
        cpu_cores: machine.cpu_cores,
        ram_gb: machine.ram_gb,
        disk_gb: machine.disk_gb,
        status: machine.status,
    }
}
