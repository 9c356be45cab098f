//! Where each set of read models stands.

use tokio_postgres::Client;

use super::{Rebuild, RebuildError};
use crate::{
    checkpoint::{READ_MODELS, bounded},
    database::{connected, quoted_schema},
    space::Space,
};

/// Where a set of read models stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Everything up to here has been taken into account.
    pub position: u64,
    /// How many facts that were.
    pub counted: u64,
}

/// Where all of them stand: none where there are none, or none that hold anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// What queries read.
    pub live: Option<Place>,
    /// What was made beside it.
    pub next: Option<Place>,
    /// What was live before the last swap.
    pub former: Option<Place>,
}

impl Rebuild {
    /// Where all read models stand.
    ///
    /// # Errors
    ///
    /// [`RebuildError`].
    pub async fn places(&self) -> Result<Places, RebuildError> {
        let (client, _connection) = connected(&self.0.database_url, Space::Live).await?;
        Ok(Places {
            live: place(&client, Space::Live).await?,
            next: place(&client, Space::Next).await?,
            former: place(&client, Space::Former).await?,
        })
    }
}

/// Where the read models of `space` stand.
pub(super) async fn place(client: &Client, space: Space) -> Result<Option<Place>, RebuildError> {
    let Some(schema) = quoted_schema(client, space).await? else { return Ok(None) };
    let table = format!("{schema}.checkpoints");
    let there = bounded(client.query_one("SELECT to_regclass($1) IS NOT NULL", &[&table])).await?;
    if !there.get::<_, bool>(0) {
        return Ok(None);
    }
    let sql =
        format!("SELECT position, counted FROM {table} WHERE name = $1 AND position IS NOT NULL");
    let found = bounded(client.query_opt(&sql, &[&READ_MODELS])).await?;
    Ok(found.map(|row| Place {
        position: row.get::<_, i64>(0).cast_unsigned(),
        counted: row.get::<_, i64>(1).cast_unsigned(),
    }))
}
