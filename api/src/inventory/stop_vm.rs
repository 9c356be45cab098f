//! `POST /Stop_VM`

use axum::{extract::State, response::Response};
use commands::machine::{StopVm, StopVmRejected};
use schema::VmId;
use utoipa::ToSchema;

use super::{
    Failure,
    body::Fields,
    failure::Refused,
    member::Member,
    vms::{Shown, settled},
};
use crate::{App, hindered::from_execution};

/// Which machine.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct Halt {
    #[schema(example = 3)]
    vm_id: i64,
}

/// Stop a machine
#[utoipa::path(
    post, path = "/Stop_VM", operation_id = "inventory_stop_machine",
    security(("bearer" = [])), request_body = Halt,
    responses((status = 200, body = Shown), (status = 404, body = Refused, description = "Nothing"))
)]
pub(crate) async fn handler(
    State(app): State<App>,
    member: Member,
    fields: Fields,
) -> Result<Response, Failure> {
    let command = StopVm { vm: fields.id("vm_id", VmId)?, caller: member.user };
    let stopped = app.commands.stop_vm(&command, &member.request).await;
    let stopped = stopped.map_err(|error| {
        from_execution(error, |rejected| match rejected {
            StopVmRejected::NoSuchVm => Failure::NOT_FOUND,
            StopVmRejected::Forbidden => Failure::FORBIDDEN,
        })
    })?;
    Ok(settled(&app, stopped).await)
}
