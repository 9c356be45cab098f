//! `POST /Attach_VM_to_user`

use axum::{extract::State, response::Response};
use commands::machine::{AttachVm, AttachVmRejected};
use schema::{UserId, VmId};
use utoipa::ToSchema;

use super::{
    Failure,
    body::Fields,
    failure::Refused,
    member::Member,
    vms::{Shown, no_such_user, settled},
};
use crate::{App, hindered::from_execution};

/// Which machine, and whose it is to be.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct Attachment {
    #[schema(example = 3)]
    vm_id: i64,
    #[schema(example = 2)]
    user_id: i64,
}

/// Hand a machine over
#[utoipa::path(
    post, path = "/Attach_VM_to_user", operation_id = "inventory_attach_machine",
    security(("bearer" = [])), request_body = Attachment,
    responses((status = 200, body = Shown), (status = 404, body = Refused, description = "Nothing"))
)]
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
