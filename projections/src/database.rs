//! Reaching Postgres.

use std::str::FromStr;

use deadpool_postgres::{Manager, ManagerConfig, RecyclingMethod, Runtime, Timeouts};
use refinery::{Migration, Runner};
use schema::{
    MIGRATIONS,
    caps::{
        POOL_CONNECTIONS_MAX, POOL_WAIT, POSTGRES_CONNECT_WAIT, POSTGRES_DEAD_AFTER,
        POSTGRES_KEEPALIVE, QUERY_WAIT,
    },
};
use tokio::time::timeout;
use tokio_postgres::{
    Client, Config, Connection, NoTls, Row, Socket, config::SslMode, tls::NoTlsStream, types::ToSql,
};

use tokio_util::task::AbortOnDropHandle;

use crate::space::Space;

/// Connections for queries.
pub type Pool = deadpool_postgres::Pool;

/// How long one statement of a reader may take, in milliseconds.
const STATEMENT_TIMEOUT_MS: u32 = 2_000;

/// Why Postgres could not be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// It asks for an encrypted connection.
    #[error(
        "DATABASE_URL asks for TLS (sslmode=require), which Registre does not speak: leave sslmode \
         out and reach Postgres over a Unix socket, a private network or a tunnel"
    )]
    Tls,
    /// The address makes no sense.
    #[error("DATABASE_URL cannot be read")]
    Address(#[source] tokio_postgres::Error),
    /// No connection, or it broke.
    #[error("Postgres failed")]
    Postgres(#[from] tokio_postgres::Error),
    /// No connection became free in time, or none could be opened.
    #[error("no connection to Postgres")]
    Pool(#[from] deadpool_postgres::PoolError),
    /// It did not answer in time.
    #[error("Postgres does not answer")]
    Late,
    /// The pool could not be made.
    #[error("pool of connections cannot be made")]
    Build(#[from] deadpool_postgres::BuildError),
    /// The tables could not be brought up to date.
    #[error("migration failed")]
    Migration(#[from] refinery::Error),
}

fn config(url: &str) -> Result<Config, DatabaseError> {
    let mut config = Config::from_str(url).map_err(DatabaseError::Address)?;
    if config.get_ssl_mode() == SslMode::Require {
        return Err(DatabaseError::Tls);
    }
    // A peer that is gone without a word is noticed, whoever waits for it.
    config
        .connect_timeout(POSTGRES_CONNECT_WAIT)
        .application_name("registre")
        .keepalives_idle(POSTGRES_KEEPALIVE)
        .keepalives_interval(POSTGRES_KEEPALIVE)
        .keepalives_retries(2)
        .tcp_user_timeout(POSTGRES_DEAD_AFTER);
    Ok(config)
}

/// A pool of connections for queries, none of which is opened yet.
///
/// # Errors
///
/// [`DatabaseError::Address`], [`DatabaseError::Tls`].
pub fn pool(url: &str) -> Result<Pool, DatabaseError> {
    let mut config = config(url)?;
    let asked = config.get_options().unwrap_or_default();
    let options = format!("{asked} -c statement_timeout={STATEMENT_TIMEOUT_MS}");
    config.options(options);
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = Manager::from_config(config, NoTls, recycling);
    let timeouts = Timeouts {
        wait: Some(POOL_WAIT),
        create: Some(POSTGRES_CONNECT_WAIT),
        recycle: Some(POOL_WAIT),
    };
    let pool = Pool::builder(manager).max_size(POOL_CONNECTIONS_MAX).timeouts(timeouts);
    Ok(pool.runtime(Runtime::Tokio1).build()?)
}

/// A connection outside the pool, for one that keeps state: it listens, or it holds an epoch.
pub(crate) async fn connect(
    url: &str,
) -> Result<(Client, Connection<Socket, NoTlsStream>), DatabaseError> {
    connect_to(url, Space::Live).await
}

/// The same, to the read models of `space`.
async fn connect_to(
    url: &str,
    space: Space,
) -> Result<(Client, Connection<Socket, NoTlsStream>), DatabaseError> {
    let mut config = config(url)?;
    if let Some(schema) = space.schema() {
        let asked = config.get_options().unwrap_or_default();
        let options = format!("{asked} -c search_path={schema}");
        config.options(options);
    }
    // The client's own limit is on the socket alone: a frozen Postgres accepts and says nothing.
    let connected = timeout(POSTGRES_CONNECT_WAIT, config.connect(NoTls));
    Ok(connected.await.map_err(|_| DatabaseError::Late)??)
}

/// A connection to the read models of `space`, for as long as what comes with it is kept.
pub(crate) async fn connected(
    url: &str,
    space: Space,
) -> Result<(Client, AbortOnDropHandle<Result<(), tokio_postgres::Error>>), DatabaseError> {
    let (client, connection) = connect_to(url, space).await?;
    Ok((client, AbortOnDropHandle::new(tokio::spawn(connection))))
}

/// The schema of `space`, ready to stand in a statement.
pub(crate) async fn quoted_schema(
    live: &Client,
    space: Space,
) -> Result<Option<String>, DatabaseError> {
    match space.schema() {
        Some(schema) => Ok(Some(schema.to_owned())),
        None => Ok(live.query_one("SELECT quote_ident(current_schema())", &[]).await?.get(0)),
    }
}

/// Forgets the read models of `space`, which are not the live ones.
pub(crate) async fn drop_space(url: &str, space: Space) -> Result<(), DatabaseError> {
    let Some(schema) = space.schema() else { return Ok(()) };
    let (client, _connection) = connected(url, Space::Live).await?;
    Ok(client.batch_execute(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE")).await?)
}

/// The rows that `sql` gives, in [`QUERY_WAIT`] at the most.
pub(crate) async fn rows(
    pool: &Pool,
    sql: &str,
    values: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, DatabaseError> {
    let query = async {
        let client = pool.get().await?;
        let statement = client.prepare_cached(sql).await?;
        Ok(client.query(&statement, values).await?)
    };
    timeout(QUERY_WAIT, query).await.map_err(|_| DatabaseError::Late)?
}

/// Brings the tables up to date. Safe to run by several processes at once: they take turns.
///
/// # Errors
///
/// [`DatabaseError`].
pub async fn migrate(url: &str) -> Result<(), DatabaseError> {
    migrate_in(url, Space::Live).await
}

/// The same for the read models of `space`, which are made where there are none.
pub(crate) async fn migrate_in(url: &str, space: Space) -> Result<(), DatabaseError> {
    let (mut client, connection) = connect_to(url, space).await?;
    let connection = tokio::spawn(connection);
    let migrations = MIGRATIONS
        .iter()
        .map(|(version, name, sql)| Migration::unapplied(&format!("V{version}__{name}"), sql))
        .collect::<Result<Vec<_>, _>>()?;
    // The lock is the session's: it goes with the connection, whatever happens.
    client.batch_execute("SELECT pg_advisory_lock(hashtext('registre migrations'))").await?;
    if let Some(schema) = space.schema() {
        client.batch_execute(&format!("CREATE SCHEMA IF NOT EXISTS {schema}")).await?;
    }
    Runner::new(&migrations).run_async(&mut client).await?;
    drop(client);
    // A join fails only where the runtime is going away.
    connection.await.map_or(Ok(()), |ended| Ok(ended?))
}

#[cfg(test)]
mod tests {
    use super::{DatabaseError, pool};

    #[test]
    fn an_address_that_asks_for_tls_is_refused_and_told_why() {
        let refused = pool("postgres://registre@db.example.com/registre?sslmode=require");
        assert!(matches!(refused, Err(DatabaseError::Tls)));
        for fine in ["host=/tmp user=registre", "postgres://db/registre?sslmode=prefer"] {
            assert!(pool(fine).is_ok(), "{fine}");
        }
    }
}
