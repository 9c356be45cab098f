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

use super::{create::status, shown::settled};
use crate::{
    App,
    native::{
        Problem,
        caller::Author,
        path::Id,
        problem::{Wrong, from_execution},
        sent::{Bare, Order},
    },
};

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
