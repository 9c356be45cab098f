//! Reaching Postgres.

use std::{str::FromStr, time::Duration};

use deadpool_postgres::{Manager, ManagerConfig, RecyclingMethod, Runtime, Timeouts};
use refinery::{Migration, Runner};
use schema::{MIGRATIONS, caps::POOL_WAIT};
use tokio_postgres::{Client, Config, Connection, NoTls, Socket, tls::NoTlsStream};

/// Connections for queries.
pub type Pool = deadpool_postgres::Pool;

/// Connections of one process. The default `max_connections` of Postgres is 100, for all of them.
const CONNECTIONS_MAX: usize = 16;
/// How long opening a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long one statement of a reader may take, in milliseconds.
const STATEMENT_TIMEOUT_MS: u32 = 2_000;

/// Why Postgres could not be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The address makes no sense.
    #[error("DATABASE_URL cannot be read")]
    Address(#[source] tokio_postgres::Error),
    /// No connection, or it broke.
    #[error("Postgres failed")]
    Postgres(#[from] tokio_postgres::Error),
    /// No connection became free in time, or none could be opened.
    #[error("no connection to Postgres")]
    Pool(#[from] deadpool_postgres::PoolError),
    /// The pool could not be made.
    #[error("pool of connections cannot be made")]
    Build(#[from] deadpool_postgres::BuildError),
    /// The tables could not be brought up to date.
    #[error("migration failed")]
    Migration(#[from] refinery::Error),
}

fn config(url: &str) -> Result<Config, DatabaseError> {
    let mut config = Config::from_str(url).map_err(DatabaseError::Address)?;
    config.connect_timeout(CONNECT_TIMEOUT).application_name("registre");
    Ok(config)
}

/// A pool of connections for queries, none of which is opened yet.
///
/// # Errors
///
/// [`DatabaseError::Address`].
pub fn pool(url: &str) -> Result<Pool, DatabaseError> {
    let mut config = config(url)?;
    config.options(format!("-c statement_timeout={STATEMENT_TIMEOUT_MS}"));
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = Manager::from_config(config, NoTls, recycling);
    let timeouts =
        Timeouts { wait: Some(POOL_WAIT), create: Some(CONNECT_TIMEOUT), recycle: Some(POOL_WAIT) };
    let pool = Pool::builder(manager).max_size(CONNECTIONS_MAX).timeouts(timeouts);
    Ok(pool.runtime(Runtime::Tokio1).build()?)
}

/// A connection outside the pool, for one that keeps state: it listens, or it holds an epoch.
pub(crate) async fn connect(
    url: &str,
) -> Result<(Client, Connection<Socket, NoTlsStream>), DatabaseError> {
    Ok(config(url)?.connect(NoTls).await?)
}

/// Brings the tables up to date. Safe to run by several processes at once: they take turns.
///
/// # Errors
///
/// [`DatabaseError`].
pub async fn migrate(url: &str) -> Result<(), DatabaseError> {
    let (mut client, connection) = connect(url).await?;
    let connection = tokio::spawn(connection);
    let migrations = MIGRATIONS
        .iter()
        .map(|(version, name, sql)| Migration::unapplied(&format!("V{version}__{name}"), sql))
        .collect::<Result<Vec<_>, _>>()?;
    // The lock is the session's: it goes with the connection, whatever happens.
    client.batch_execute("SELECT pg_advisory_lock(hashtext('registre migrations'))").await?;
    Runner::new(&migrations).run_async(&mut client).await?;
    drop(client);
    // A join fails only where the runtime is going away.
    connection.await.map_or(Ok(()), |ended| Ok(ended?))
}
