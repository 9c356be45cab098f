//! `vms.v1`: the machines.

mod query;

use chrono::{DateTime, Utc};
use schema::{UserId, VmAttached, VmChanged, VmCreated, VmDeleted, VmId, VmStatus, VmStopped};
use tokio_postgres::{Client, Statement};

pub use query::{Machine, MachinesQuery};

use super::{Place, Write};

const INSERT: &str = "
    INSERT INTO vms (id, owner_id, name, operating_system, cpu_cores, ram_gb, disk_gb, status,
                     created_at, since, revision)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[],
                         $6::bigint[], $7::bigint[], $8::text[], $9::timestamptz[], $10::bigint[],
                         $11::bigint[])";

/// What a change says nothing about stays as it is.
const CHANGE: &str = "
    WITH change AS (
        SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[],
                             $6::bigint[], $7::bigint[], $8::bigint[], $9::text[], $10::bigint[])
            AS c (id, since, owner_id, name, operating_system, cpu_cores, ram_gb, disk_gb, status,
                  revision)
    ), superseded AS (
        INSERT INTO vms_history (id, owner_id, name, operating_system, cpu_cores, ram_gb, disk_gb,
                                 status, created_at, revision, since, until)
        SELECT v.id, v.owner_id, v.name, v.operating_system, v.cpu_cores, v.ram_gb, v.disk_gb,
               v.status, v.created_at, v.revision, v.since, c.since
        FROM change c JOIN vms v ON v.id = c.id
    )
    UPDATE vms v SET
        owner_id = coalesce(c.owner_id, v.owner_id),
        name = coalesce(c.name, v.name),
        operating_system = coalesce(c.operating_system, v.operating_system),
        cpu_cores = coalesce(c.cpu_cores, v.cpu_cores),
        ram_gb = coalesce(c.ram_gb, v.ram_gb),
        disk_gb = coalesce(c.disk_gb, v.disk_gb),
        status = coalesce(c.status, v.status),
        since = c.since,
        revision = c.revision
    FROM change c WHERE v.id = c.id";

const DELETE: &str = "
    WITH deletion AS (
        SELECT * FROM unnest($1::bigint[], $2::bigint[]) AS d (id, since)
    ), superseded AS (
        INSERT INTO vms_history (id, owner_id, name, operating_system, cpu_cores, ram_gb, disk_gb,
                                 status, created_at, revision, since, until)
        SELECT v.id, v.owner_id, v.name, v.operating_system, v.cpu_cores, v.ram_gb, v.disk_gb,
               v.status, v.created_at, v.revision, v.since, d.since
        FROM deletion d JOIN vms v ON v.id = d.id
    )
    DELETE FROM vms v USING deletion d WHERE v.id = d.id";

pub(super) struct Statements {
    insert: Statement,
    change: Statement,
    delete: Statement,
}

impl Statements {
    pub(super) async fn prepare(client: &Client) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            insert: client.prepare(INSERT).await?,
            change: client.prepare(CHANGE).await?,
            delete: client.prepare(DELETE).await?,
        })
    }
}

#[derive(Debug, Default)]
pub(super) struct Rows {
    created: Newly,
    changed: Changed,
    deleted: Deleted,
}

#[derive(Debug, Default)]
struct Newly {
    id: Vec<i64>,
    owner_id: Vec<i64>,
    name: Vec<String>,
    operating_system: Vec<String>,
    cpu_cores: Vec<i64>,
    ram_gb: Vec<i64>,
    disk_gb: Vec<i64>,
    status: Vec<&'static str>,
    created_at: Vec<DateTime<Utc>>,
    since: Vec<i64>,
    revision: Vec<i64>,
}

#[derive(Debug, Default)]
struct Changed {
    id: Vec<i64>,
    since: Vec<i64>,
    owner_id: Vec<Option<i64>>,
    name: Vec<Option<String>>,
    operating_system: Vec<Option<String>>,
    cpu_cores: Vec<Option<i64>>,
    ram_gb: Vec<Option<i64>>,
    disk_gb: Vec<Option<i64>>,
    status: Vec<Option<&'static str>>,
    revision: Vec<i64>,
}

#[derive(Debug, Default)]
struct Deleted {
    id: Vec<i64>,
    since: Vec<i64>,
}

impl Rows {
    pub(super) fn created(&mut self, place: Place, fact: &VmCreated) {
        self.created.id.push(fact.vm.0);
        self.created.owner_id.push(fact.owner.0);
        self.created.name.push(fact.name.clone());
        self.created.operating_system.push(fact.operating_system.clone());
        self.created.cpu_cores.push(fact.cpu_cores);
        self.created.ram_gb.push(fact.ram_gb);
        self.created.disk_gb.push(fact.disk_gb);
        self.created.status.push(fact.status.as_str());
        self.created.created_at.push(fact.at);
        self.created.since.push(place.since);
        self.created.revision.push(place.revision);
    }

    pub(super) fn changed(&mut self, place: Place, fact: &VmChanged) -> bool {
        self.supersede(place, fact, None)
    }

    pub(super) fn attached(&mut self, place: Place, fact: &VmAttached) -> bool {
        self.supersede(place, &unchanged(fact.vm, fact.at), Some(fact.owner))
    }

    pub(super) fn stopped(&mut self, place: Place, fact: &VmStopped) -> bool {
        let status = Some(VmStatus::Stopped);
        self.supersede(place, &VmChanged { status, ..unchanged(fact.vm, fact.at) }, None)
    }

    pub(super) fn deleted(&mut self, since: i64, fact: &VmDeleted) -> bool {
        let free = !self.touches(fact.vm);
        if free {
            self.deleted.id.push(fact.vm.0);
            self.deleted.since.push(since);
        }
        free
    }

    fn supersede(&mut self, place: Place, fact: &VmChanged, owner: Option<UserId>) -> bool {
        if self.touches(fact.vm) {
            return false;
        }
        self.changed.id.push(fact.vm.0);
        self.changed.since.push(place.since);
        self.changed.revision.push(place.revision);
        self.changed.owner_id.push(owner.map(|owner| owner.0));
        self.changed.name.push(fact.name.clone());
        self.changed.operating_system.push(fact.operating_system.clone());
        self.changed.cpu_cores.push(fact.cpu_cores);
        self.changed.ram_gb.push(fact.ram_gb);
        self.changed.disk_gb.push(fact.disk_gb);
        self.changed.status.push(fact.status.map(VmStatus::as_str));
        true
    }

    fn touches(&self, vm: VmId) -> bool {
        self.changed.id.contains(&vm.0) || self.deleted.id.contains(&vm.0)
    }

    pub(super) fn inserts<'a>(&'a self, statements: &'a Statements) -> Option<Write<'a>> {
        let Newly { id, owner_id, name, operating_system, cpu_cores, .. } = &self.created;
        let Newly { ram_gb, disk_gb, status, created_at, since, revision, .. } = &self.created;
        (!id.is_empty()).then(|| Write {
            statement: &statements.insert,
            values: vec![
                id,
                owner_id,
                name,
                operating_system,
                cpu_cores,
                ram_gb,
                disk_gb,
                status,
                created_at,
                since,
                revision,
            ],
        })
    }

    pub(super) fn changes<'a>(&'a self, statements: &'a Statements) -> Option<Write<'a>> {
        let Changed { id, since, owner_id, name, operating_system, .. } = &self.changed;
        let Changed { cpu_cores, ram_gb, disk_gb, status, revision, .. } = &self.changed;
        (!id.is_empty()).then(|| Write {
            statement: &statements.change,
            values: vec![
                id,
                since,
                owner_id,
                name,
                operating_system,
                cpu_cores,
                ram_gb,
                disk_gb,
                status,
                revision,
            ],
        })
    }

    pub(super) fn deletions<'a>(&'a self, statements: &'a Statements) -> Option<Write<'a>> {
        let Deleted { id, since } = &self.deleted;
        (!id.is_empty()).then(|| Write { statement: &statements.delete, values: vec![id, since] })
    }
}

/// A change that says nothing yet.
fn unchanged(vm: VmId, at: DateTime<Utc>) -> VmChanged {
    VmChanged {
        vm,
        name: None,
        operating_system: None,
        cpu_cores: None,
        ram_gb: None,
        disk_gb: None,
        status: None,
        at,
    }
}

#[cfg(test)]
mod tests;
