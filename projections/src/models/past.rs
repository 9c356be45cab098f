//! Rows as they are, and as they were.
//!
//! A row held from `since` on; what superseded it moved it into the table's history, where it stands
//! as the row that held in `[since, until)`.

use postgres_types::ToSql;
use tokio_postgres::Row;

use crate::{DatabaseError, Pool, database::rows};

/// One question, asked of the present or of the past.
#[derive(Debug)]
pub(super) struct Sql {
    now: String,
    past: String,
}

impl Sql {
    /// What `ask` makes of the rows to select from: those of `table`, of which `columns` are looked
    /// at, and since when they are stale. The position of the past is the parameter after the other
    /// `parameters`.
    pub(super) fn new(
        table: &str,
        columns: &str,
        parameters: usize,
        ask: impl Fn(&str) -> String,
    ) -> Self {
        let at = parameters + 1;
        let past = format!(
            "(SELECT {columns}, {} FROM {table} WHERE since <= ${at}
              UNION ALL
              SELECT {columns}, NULL::bigint FROM {table}_history
              WHERE since <= ${at} AND until > ${at})",
            stale_at(at)
        );
        Self { now: ask(table), past: ask(&past) }
    }

    /// The same for a table whose rows never change.
    pub(super) fn lasting(
        table: &str,
        columns: &str,
        parameters: usize,
        ask: impl Fn(&str) -> String,
    ) -> Self {
        let at = parameters + 1;
        let past =
            format!("(SELECT {columns}, {} FROM {table} WHERE since <= ${at})", stale_at(at));
        Self { now: ask(table), past: ask(&past) }
    }

    /// The rows with `values` for parameters.
    pub(super) async fn rows(
        &self,
        pool: &Pool,
        values: &[&(dyn ToSql + Sync)],
        as_of: Option<u64>,
    ) -> Result<Vec<Row>, DatabaseError> {
        let Some(position) = as_of.map(u64::cast_signed) else {
            return rows(pool, &self.now, values).await;
        };
        let position: &(dyn ToSql + Sync) = &position;
        rows(pool, &self.past, &[values, &[position]].concat()).await
    }
}

/// Since when a row was stale at the moment of that parameter.
fn stale_at(parameter: usize) -> String {
    format!("CASE WHEN stale_since <= ${parameter} THEN stale_since END AS stale_since")
}

/// Since when a row is stale, as its column says.
pub(super) fn stale(row: &Row, column: usize) -> Option<u64> {
    row.get::<_, Option<i64>>(column).map(i64::cast_unsigned)
}
