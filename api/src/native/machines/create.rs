//! `POST /api/v1/machines`

use axum::{
    extract::State,
    http::{StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use commands::machine::{Build, CreateVm, CreateVmRejected};
use schema::{Amount, IdKind, Line, VmStatus};

use super::shown::settled;
use crate::{
    App,
    native::{Problem, body::Fields, caller::Author, problem::from_execution, sent::Order},
};

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
