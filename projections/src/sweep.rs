//! Leaving nothing of those who were erased in Postgres's files.
//!
//! A deleted row stays in its table's file until something overwrites it, and in the write-ahead
//! log. So the tables that held clear text are written anew beside, without what is gone, and take
//! the place of the old ones; then the write-ahead log up to there is let go.
//!
//! **Invariant:** readers go on meanwhile, and whoever is swept is noted only once everything else
//! has been done: a sweep that is interrupted is done again.

use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::{Client, Transaction, error::SqlState};

use crate::{DatabaseError, Pool, database, models::TABLES, space::Space};

/// How long a sweep waits for those who use a table, who then wait for it.
const LOCK_WAIT: &str = "SET LOCAL lock_timeout = '5s'";

/// How long a sweep may take: so many rows as to need longer are a reason to look at it.
const SWEEP_WAIT: Duration = Duration::from_mins(30);

/// Whose rows are gone, and not swept yet.
const UNSWEPT: &str = "SELECT id FROM erased_users WHERE NOT swept ORDER BY id";

/// What a sweep came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swept {
    /// Of whom nothing is left from here on.
    pub people: Vec<i64>,
    /// Whether Postgres let go of its write-ahead log as well. It does so for those with the right
    /// to (`pg_switch_wal`, `pg_checkpoint`), and keeps what is archived or replicated.
    pub journal: bool,
}

/// Whose rows are gone, while Postgres's files may still hold what they said.
///
/// # Errors
///
/// [`DatabaseError`].
pub async fn unswept(pool: &Pool) -> Result<Vec<i64>, DatabaseError> {
    let rows = database::rows(pool, UNSWEPT, &[]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Sweeps, if anybody has been erased since the last time.
///
/// # Errors
///
/// [`DatabaseError`].
pub async fn sweep(url: &str) -> Result<Swept, DatabaseError> {
    let (mut client, connection) = database::connect(url).await?;
    let connection = tokio::spawn(connection);
    let swept = timeout(SWEEP_WAIT, sweep_through(&mut client)).await;
    drop(client);
    connection.abort();
    swept.map_err(|_| DatabaseError::Late)?
}

async fn sweep_through(client: &mut Client) -> Result<Swept, DatabaseError> {
    // Two of them would wait for each other's tables.
    client.batch_execute("SELECT pg_advisory_lock(hashtext('registre sweep'))").await?;
    let tx = client.transaction().await?;
    tx.batch_execute(LOCK_WAIT).await?;
    // Whoever writes waits; whoever reads goes on.
    let lock = format!(
        "LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE",
        tables().collect::<Vec<_>>().join(", ")
    );
    tx.batch_execute(&lock).await?;
    let people: Vec<i64> = tx.query(UNSWEPT, &[]).await?.iter().map(|row| row.get(0)).collect();
    if people.is_empty() {
        return Ok(Swept { people, journal: true });
    }
    // The read models that were live before hold what has been erased since.
    if let Some(former) = Space::Former.schema() {
        tx.batch_execute(&format!("DROP SCHEMA IF EXISTS {former} CASCADE")).await?;
    }
    tx.batch_execute("CREATE SCHEMA sweep").await?;
    for table in tables() {
        write_anew(&tx, table).await?;
    }
    tx.batch_execute("DROP SCHEMA sweep").await?;
    tx.commit().await?;
    for table in tables() {
        client.batch_execute(&format!("ANALYZE {table}")).await?;
    }
    // The planner keeps the most common values of each column; those of the old tables are deleted
    // rows of its own. A catalog of somebody else's is passed over with a warning.
    client.batch_execute("VACUUM FULL pg_statistic").await?;
    let journal = let_go_of_the_journal(client).await?;
    let noted = "UPDATE erased_users SET swept = true WHERE id = ANY($1)";
    client.execute(noted, &[&people]).await?;
    Ok(Swept { people, journal })
}

/// The tables that hold, or held, what people have said of themselves or to others.
fn tables() -> impl Iterator<Item = &'static str> {
    TABLES.iter().filter(|table| table.personal).map(|table| table.name)
}

/// Puts a new table in the place of `table`, with the same rows, under the same names.
async fn write_anew(tx: &Transaction<'_>, table: &str) -> Result<(), DatabaseError> {
    tx.batch_execute(&format!(
        "CREATE TABLE sweep.{table} (LIKE {table} INCLUDING ALL EXCLUDING INDEXES);
         INSERT INTO sweep.{table} SELECT * FROM {table}"
    ))
    .await?;
    let indexes = "
        SELECT format('ALTER TABLE sweep.%I ADD CONSTRAINT %I %s', t.relname, c.conname,
                      pg_get_constraintdef(c.oid))
        FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
        WHERE t.oid = $1::text::regclass AND c.contype IN ('p', 'u')
        UNION ALL
        SELECT replace(pg_get_indexdef(i.indexrelid), format(' ON %I.', n.nspname), ' ON sweep.')
        FROM pg_index i
        JOIN pg_class t ON t.oid = i.indrelid
        JOIN pg_namespace n ON n.oid = t.relnamespace
        WHERE t.oid = $1::text::regclass
          AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)";
    let statements = tx.query(indexes, &[&table]).await?;
    for statement in statements {
        tx.batch_execute(statement.get(0)).await?;
    }
    let put = format!(
        "DROP TABLE {table};
         DO $$ BEGIN EXECUTE format('ALTER TABLE sweep.{table} SET SCHEMA %I', current_schema()); END $$"
    );
    Ok(tx.batch_execute(&put).await?)
}

/// Ends the current file of the write-ahead log and writes down all that those before it are needed
/// for, so that Postgres removes them. Tells whether we may.
async fn let_go_of_the_journal(client: &Client) -> Result<bool, DatabaseError> {
    match client.batch_execute("SELECT pg_switch_wal()").await {
        Ok(()) => {}
        Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => return Ok(false),
        Err(error) => return Err(error.into()),
    }
    match client.batch_execute("CHECKPOINT").await {
        Ok(()) => Ok(true),
        Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests;
