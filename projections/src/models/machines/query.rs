//! What can be asked about machines.

use std::{future::Future, sync::LazyLock};

use chrono::{DateTime, Utc};
use futures::FutureExt;
use schema::{UserId, VmId, VmStatus};
use tokio_postgres::Row;

use crate::{
    DatabaseError, List, Pool, Read, Slice,
    checkpoint::READ_MODELS,
    database::rows,
    models::{
        list::Page,
        past::{Sql, stale},
        position,
    },
};

/// A machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Which.
    pub id: VmId,
    /// Whose.
    pub owner: UserId,
    /// What it is called.
    pub name: String,
    /// What runs on it.
    pub operating_system: String,
    /// Cores.
    pub cpu_cores: i64,
    /// Memory, in gigabytes.
    pub ram_gb: i64,
    /// Disk, in gigabytes.
    pub disk_gb: i64,
    /// What it is doing.
    pub status: VmStatus,
    /// Since when it exists.
    pub created_at: DateTime<Utc>,
    /// The revision of its last change.
    pub revision: u64,
    /// Where the first fact of its stream stands that it is without; none where it is up to date.
    pub stale_since: Option<u64>,
}

/// What can be asked about machines.
pub trait MachinesQuery {
    /// One machine.
    fn machine(
        &self,
        id: VmId,
    ) -> impl Future<Output = Result<Read<Option<Machine>>, DatabaseError>> + Send;
    /// All machines in the order of their ids.
    fn machines(&self) -> impl Future<Output = Result<Read<List<Machine>>, DatabaseError>> + Send;
    /// One machine of `owner`, or of anybody.
    fn machine_of(
        &self,
        owner: Option<UserId>,
        id: VmId,
        as_of: Option<u64>,
    ) -> impl Future<Output = Result<Read<Option<Machine>>, DatabaseError>> + Send;
    /// Part of the machines of `owner`, or of everybody, in the order of their ids.
    fn machines_of(
        &self,
        owner: Option<UserId>,
        slice: Slice,
        as_of: Option<u64>,
    ) -> impl Future<Output = Result<Read<Vec<Machine>>, DatabaseError>> + Send;
}

macro_rules! columns {
    () => {
        "coalesce(c.position, 0), v.id, v.owner_id, v.name, v.operating_system, v.cpu_cores,
         v.ram_gb, v.disk_gb, v.status, v.created_at, v.revision, v.stale_since"
    };
}

// The machines of somebody who is erased are gone with them.
macro_rules! owned {
    () => {
        "NOT EXISTS (SELECT FROM erased_users e WHERE e.id = v.owner_id)"
    };
}

const ONE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM checkpoints c LEFT JOIN vms v ON v.id = $2 AND ",
    owned!(),
    " WHERE c.name = $1"
);

const PAGE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM checkpoints c LEFT JOIN (
          SELECT * FROM vms v WHERE v.id > $2 AND ",
    owned!(),
    "     ORDER BY v.id OFFSET $3 LIMIT $4
      ) v ON true
      WHERE c.name = $1 ORDER BY v.id"
);

const HELD: &str = "id, owner_id, name, operating_system, cpu_cores, ram_gb, disk_gb, status, created_at, revision";

static ONE_OF: LazyLock<Sql> = LazyLock::new(|| {
    let (columns, owned) = (columns!(), owned!());
    Sql::new("vms", HELD, 3, |vms| {
        format!(
            "SELECT {columns} FROM checkpoints c LEFT JOIN {vms} v
                 ON v.id = $3 AND ($2::bigint IS NULL OR v.owner_id = $2) AND {owned}
             WHERE c.name = $1"
        )
    })
});

static PAGE_OF: LazyLock<Sql> = LazyLock::new(|| {
    let (columns, owned) = (columns!(), owned!());
    Sql::new("vms", HELD, 4, |vms| {
        format!(
            "SELECT {columns} FROM checkpoints c LEFT JOIN (
                 SELECT * FROM {vms} v
                 WHERE v.id > $3 AND ($2::bigint IS NULL OR v.owner_id = $2) AND {owned}
                 ORDER BY v.id LIMIT $4
             ) v ON true
             WHERE c.name = $1 ORDER BY v.id"
        )
    })
});

impl MachinesQuery for Pool {
    async fn machine(&self, id: VmId) -> Result<Read<Option<Machine>>, DatabaseError> {
        let rows = rows(self, ONE, &[&READ_MODELS, &id.0]).await?;
        Ok(Read { value: rows.first().and_then(machine), position: position(rows.first()) })
    }

    async fn machines(&self) -> Result<Read<List<Machine>>, DatabaseError> {
        let pool = self.clone();
        let read = move |page: Page| {
            let pool = pool.clone();
            async move {
                let Page { after, skip, limit } = page;
                let rows = rows(&pool, PAGE, &[&READ_MODELS, &after, &skip, &limit]).await?;
                let value = rows.iter().filter_map(machine).collect();
                Ok(Read { value, position: position(rows.first()) })
            }
            .boxed()
        };
        List::read(0, None, |machine| machine.id.0, read).await
    }

    async fn machine_of(
        &self,
        owner: Option<UserId>,
        id: VmId,
        as_of: Option<u64>,
    ) -> Result<Read<Option<Machine>>, DatabaseError> {
        let owner = owner.map(|owner| owner.0);
        let rows = ONE_OF.rows(self, &[&READ_MODELS, &owner, &id.0], as_of).await?;
        Ok(Read { value: rows.first().and_then(machine), position: position(rows.first()) })
    }

    async fn machines_of(
        &self,
        owner: Option<UserId>,
        slice: Slice,
        as_of: Option<u64>,
    ) -> Result<Read<Vec<Machine>>, DatabaseError> {
        let (owner, after) = (owner.map(|owner| owner.0), slice.after.unwrap_or_default());
        let rows = PAGE_OF.rows(self, &[&READ_MODELS, &owner, &after, &slice.limit], as_of).await?;
        let value = rows.iter().filter_map(machine).collect();
        Ok(Read { value, position: position(rows.first()) })
    }
}

fn machine(row: &Row) -> Option<Machine> {
    Some(Machine {
        id: VmId(row.get::<_, Option<i64>>(1)?),
        owner: UserId(row.get(2)),
        name: row.get(3),
        operating_system: row.get(4),
        cpu_cores: row.get(5),
        ram_gb: row.get(6),
        disk_gb: row.get(7),
        // A later release may know more of them.
        status: VmStatus::parse(row.get(8)).unwrap_or_default(),
        created_at: row.get(9),
        revision: row.get::<_, i64>(10).cast_unsigned(),
        stale_since: stale(row, 11),
    })
}
