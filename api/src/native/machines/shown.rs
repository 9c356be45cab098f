//! A machine, as this API shows it.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use commands::machine::Settled;
use projections::Machine;
use schema::{Cursor, UserId, VmId, VmStatus};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{App, native::sent::etag, times::rfc3339};

/// A machine.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NativeMachine)]
pub(crate) struct Shown {
    #[schema(value_type = i64, example = 3)]
    id: VmId,
    #[schema(value_type = i64, example = 7)]
    owner_id: UserId,
    #[schema(example = "web-1")]
    name: String,
    #[schema(example = "Debian 12")]
    operating_system: String,
    #[schema(example = 4)]
    cpu_cores: i64,
    #[schema(example = 16)]
    ram_gb: i64,
    #[schema(example = 200)]
    disk_gb: i64,
    #[schema(value_type = String, example = "running")]
    status: VmStatus,
    #[schema(example = "2026-03-14T12:00:00.000000Z")]
    created_at: String,
    /// The first fact of its stream that this is without, because it could not be applied; left out
    /// where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "01990000-0000-4000-8000-000000000000-41")]
    stale_since: Option<Cursor>,
}

/// A machine as it is read.
pub(super) fn shown(app: &App, machine: &Machine) -> Shown {
    Shown {
        id: machine.id,
        owner_id: machine.owner,
        name: machine.name.clone(),
        operating_system: machine.operating_system.clone(),
        cpu_cores: machine.cpu_cores,
        ram_gb: machine.ram_gb,
        disk_gb: machine.disk_gb,
        status: machine.status,
        created_at: rfc3339(machine.created_at),
        stale_since: app.stale(machine.stale_since),
    }
}

/// The answer to a command after which there is a machine: all of it.
pub(super) async fn settled(app: &App, settled: Settled) -> Response {
    let Settled { machine, revision, position } = settled;
    let body = Shown {
        id: machine.vm,
        owner_id: machine.owner,
        name: machine.name,
        operating_system: machine.operating_system,
        cpu_cores: machine.cpu_cores,
        ram_gb: machine.ram_gb,
        disk_gb: machine.disk_gb,
        status: machine.status,
        created_at: rfc3339(machine.created_at),
        stale_since: None,
    };
    (app.written(position).await, etag(revision), Json(body)).into_response()
}
