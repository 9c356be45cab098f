//! `POST /Stop_VM`

use axum::{extract::State, response::Response};
use commands::machine::{StopVm, StopVmRejected};
use schema::VmId;

use super::{Failure, body::Fields, failure::from_execution, member::Member, vms::settled};
use crate::App;

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
