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

use super::{
    Failure,
    body::{Fields, Id},
    failure::from_execution,
    member::Member,
};
use crate::{App, OpenList, caller::Caller, listed::listed};

/// A machine, as this façade shows it.
#[derive(Debug, Serialize)]
struct Shown {
    id: VmId,
    /// In milliseconds since the Unix epoch.
    created_at: i64,
    user_id: UserId,
    name: String,
    operating_system: String,
    cpu_cores: i64,
    ram_gb: i64,
    disk_gb: i64,
    status: VmStatus,
}

pub(crate) async fn list(State(app): State<App>, caller: Caller) -> Result<Response, Failure> {
    app.lists.admit(OpenList::Vm, caller, Member::of)?;
    let read = app.pool.machines().await?;
    Ok((app.read_at(read.position), listed(read.value, shown)).into_response())
}

pub(crate) async fn one(State(app): State<App>, Id(id): Id) -> Result<Response, Failure> {
    let read = app.pool.machine(VmId(id)).await?;
    let machine = read.value.ok_or(Failure::NOT_FOUND)?;
    Ok((app.read_at(read.position), Json(shown(&machine))).into_response())
}

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
pub(super) async fn settled(app: &App, Settled { machine, position }: Settled) -> Response {
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
