//! `POST /api/v1/machines`

use axum::{
    extract::State,
    http::{StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use commands::machine::{Build, CreateVm, CreateVmRejected};
use schema::{Amount, IdKind, Line, VmStatus};
use utoipa::ToSchema;

use super::shown::{Shown, settled};
use crate::{
    App,
    native::{
        Problem,
        body::Fields,
        caller::Author,
        problem::from_execution,
        sent::{Headers, Order},
    },
};

/// A machine to come, and to belong to whoever asks.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct NewMachine {
    #[schema(example = "web-1")]
    name: String,
    #[schema(example = "Debian 12")]
    operating_system: String,
    #[schema(example = 4, minimum = 1)]
    cpu_cores: i64,
    #[schema(example = 16, minimum = 1)]
    ram_gb: i64,
    #[schema(example = 200, minimum = 1)]
    disk_gb: i64,
    /// `running`, `stopped`, `paused`, `provisioning` or `deleting`; `stopped` without it.
    #[schema(example = "running")]
    status: Option<String>,
}

/// Have a machine
#[utoipa::path(
    post, path = "/api/v1/machines", operation_id = "create_machine",
    security(("bearer" = [])),
    params(Headers),
    request_body = NewMachine,
    responses((status = 201, body = Shown, headers(("ETag" = String), ("Location" = String))))
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Author(member): Author,
    Order { mut fields, envelope }: Order,
) -> Result<Response, Problem> {
    let build = build(&mut fields);
    let command = CreateVm { owner: member.user, build: fields.finish(build)? };
    let request = envelope.accept(&app, member.request, Some(IdKind::Vm)).await?;
    let created = app.commands.create_vm(&command, &request).await;
    let created = created.map_err(|error| {
        from_execution(error, |rejected| match rejected {
            CreateVmRejected::NoSuchUser => Problem::NOT_FOUND,
        })
    })?;
    let place = [(LOCATION, format!("/api/v1/machines/{}", created.machine.vm))];
    Ok((StatusCode::CREATED, place, settled(&app, created).await).into_response())
}

fn build(fields: &mut Fields) -> Option<Build> {
    let name = fields.text("name", Line::parse);
    let operating_system = fields.text("operating_system", Line::parse);
    let cpu_cores = fields.integer("cpu_cores", Amount::parse);
    let ram_gb = fields.integer("ram_gb", Amount::parse);
    let disk_gb = fields.integer("disk_gb", Amount::parse);
    let status = fields.optional("status", |fields, name| fields.text(name, status));
    Some(Build {
        name: name?,
        operating_system: operating_system?,
        cpu_cores: cpu_cores?,
        ram_gb: ram_gb?,
        disk_gb: disk_gb?,
        status: status.unwrap_or_default(),
    })
}

/// The status called `name`.
pub(super) fn status(name: &str) -> Result<VmStatus, &'static str> {
    VmStatus::parse(name)
        .ok_or("the status is not one of running, stopped, paused, provisioning, deleting")
}
