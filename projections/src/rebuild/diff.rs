//! What the new read models hold and the live ones do not, or the other way round.
//!
//! Both are read at one position: the live ones as they stood at a moment, the new ones once they
//! have come exactly as far. Nobody waits for it.

use std::{cmp::Ordering, pin::Pin};

use futures::{StreamExt, TryStreamExt, stream::Peekable};
use schema::caps::{DIFFERENCES_NAMED_MAX, PROJECTION_BATCH_MAX};
use tokio_postgres::{Client, Row, RowStream};
use tokio_util::sync::CancellationToken;

use super::{Course, Next, Rebuild, RebuildError, places::place};
use crate::{
    database::{connected, quoted_schema},
    models::{TABLES, Table},
    space::Space,
};

/// Where two sets of read models differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// The place in the log that both stood at.
    pub position: u64,
    /// Rows that were compared.
    pub rows: u64,
    /// Tables that differ; none when all are the same.
    pub tables: Vec<Difference>,
}

/// Where two tables differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Which.
    pub table: &'static str,
    /// Rows that the live one alone has.
    pub live_only: u64,
    /// Rows that the new one alone has.
    pub next_only: u64,
    /// Rows that both have, and that say different things.
    pub changed: u64,
    /// The keys of the first of all these.
    pub first: Vec<String>,
}

impl Rebuild {
    /// Compares the live read models with those beside them.
    ///
    /// # Errors
    ///
    /// [`RebuildError`].
    pub async fn diff(&self) -> Result<Differences, RebuildError> {
        let (live, _live) = connected(&self.0.database_url, Space::Live).await?;
        check_release(&live).await?;
        live.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?;
        let stands = place(&live, Space::Live).await?.map_or(0, |place| place.position);
        let mut next = self.open().await?;
        self.bring_to(&mut next, stands).await?;
        // It has written: what it wrote is read by another connection, which writes nothing.
        drop(next);
        let (beside, _beside) = connected(&self.0.database_url, Space::Next).await?;
        let mut found = Differences { position: stands, ..Differences::default() };
        for table in TABLES {
            let (rows, difference) = compare(&live, &beside, table).await?;
            found.rows += rows;
            found.tables.extend(difference);
        }
        Ok(found)
    }

    /// Brings the new read models to `position`, where live ones stand.
    pub(super) async fn bring_to(
        &self,
        next: &mut Next,
        position: u64,
    ) -> Result<(), RebuildError> {
        let mut course = Course { facts: 0, position: next.position, target: position };
        let never = CancellationToken::new();
        self.catch_up(next, &mut course, PROJECTION_BATCH_MAX, &mut |_| {}, &never).await?;
        Ok(())
    }
}

/// Whether there are read models beside the live ones, with the same tables.
pub(super) async fn check_release(live: &Client) -> Result<(), RebuildError> {
    if place(live, Space::Next).await?.is_none() {
        return Err(RebuildError::Missing);
    }
    let mut releases = Vec::new();
    for space in [Space::Live, Space::Next] {
        let schema = quoted_schema(live, space).await?.unwrap_or_default();
        let sql = format!("SELECT max(version) FROM {schema}.refinery_schema_history");
        releases.push(live.query_one(&sql, &[]).await?.get::<_, Option<i32>>(0));
    }
    if releases[0] == releases[1] { Ok(()) } else { Err(RebuildError::OtherRelease) }
}

/// How many rows of `table` were compared, and where they differ, if they do.
async fn compare(
    live: &Client,
    next: &Client,
    table: &'static Table,
) -> Result<(u64, Option<Difference>), RebuildError> {
    let (mut live, mut next) = (rows(live, table).await?, rows(next, table).await?);
    let mut difference = Difference { table: table.name, ..Difference::default() };
    let mut compared = 0;
    loop {
        let (one, other) = (live.as_mut().peek().await, next.as_mut().peek().await);
        let order = match (one, other) {
            (None, None) => break,
            (Some(Ok((one, _))), Some(Ok((other, _)))) => one.cmp(other),
            // Whichever has failed is taken next.
            (Some(_), None) | (Some(Err(_)), Some(_)) => Ordering::Less,
            (None, Some(_)) | (Some(Ok(_)), Some(Err(_))) => Ordering::Greater,
        };
        compared += 1;
        let (one, other) = match order {
            Ordering::Less => (live.try_next().await?, None),
            Ordering::Greater => (None, next.try_next().await?),
            Ordering::Equal => (live.try_next().await?, next.try_next().await?),
        };
        if one == other {
            continue;
        }
        let count = match order {
            Ordering::Less => &mut difference.live_only,
            Ordering::Greater => &mut difference.next_only,
            Ordering::Equal => &mut difference.changed,
        };
        *count += 1;
        if difference.first.len() < DIFFERENCES_NAMED_MAX {
            difference.first.extend(one.or(other).map(|(key, _)| key));
        }
    }
    let differs = difference.live_only + difference.next_only + difference.changed > 0;
    Ok((compared, differs.then_some(difference)))
}

/// A row's key, and a hash over all that it says.
type Hashed = (String, String);

type Rows =
    Pin<Box<Peekable<futures::stream::BoxStream<'static, Result<Hashed, tokio_postgres::Error>>>>>;

/// The rows of `table` in the order of their keys, whatever the database's own order is.
async fn rows(client: &Client, table: &Table) -> Result<Rows, RebuildError> {
    let Table { name, key, personal: _ } = table;
    let sql = format!(
        "SELECT concat_ws(' ', {key}) COLLATE \"C\", md5(t::text) FROM {name} t ORDER BY 1"
    );
    let none: [&str; 0] = [];
    let found: RowStream = client.query_raw(&sql, none).await?;
    let hashed = |row: Row| (row.get(0), row.get(1));
    Ok(Box::pin(found.map_ok(hashed).boxed().peekable()))
}
