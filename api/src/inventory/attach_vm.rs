//! `POST /Attach_VM_to_user`

use axum::{extract::State, response::Response};
use commands::machine::{AttachVm, AttachVmRejected};
use schema::{UserId, VmId};

use super::{
    Failure,
    body::Fields,
    failure::from_execution,
    member::Member,
    vms::{no_such_user, settled},
};
use crate::App;

pub(crate) async fn handler(
    State(app): State<App>,
    member: Member,
    fields: Fields,
) -> Result<Response, Failure> {
    let vm = fields.id("vm_id", VmId)?;
    let owner = fields.id("user_id", UserId)?;
    let command = AttachVm { vm, caller: member.user, owner };
    let attached = app.commands.attach_vm(&command, &member.request).await;
    let attached = attached.map_err(|error| {
        from_execution(error, |rejected| match rejected {
            AttachVmRejected::NoSuchVm => Failure::NOT_FOUND,
            AttachVmRejected::Forbidden => Failure::FORBIDDEN,
            AttachVmRejected::NoSuchUser => no_such_user(),
        })
    })?;
    Ok(settled(&app, attached).await)
}
