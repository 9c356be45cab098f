//! Log, Postgres and NATS: those that were named, or our own.

use std::{
    env, fs,
    net::{Ipv4Addr, SocketAddr},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use eventlog::{
    EventLog,
    server::{EmbeddedLog, Handle},
};
use zeroize::Zeroizing;

use crate::{
    arguments::Serve,
    standalone::{Nursery, PrivateNats, PrivatePostgres, password},
};

/// What the service runs on.
pub(crate) struct Parts {
    pub(crate) log: EventLog,
    pub(crate) database_url: Zeroizing<String>,
    pub(crate) nats: async_nats::Client,
    own_log: Option<Handle>,
    own_postgres: Option<PrivatePostgres>,
    own_nats: Option<PrivateNats>,
    /// Kept, because the death of its thread would be the death of what it started.
    _nursery: Nursery,
}

/// Makes the data directory and the keys' directory, for us alone. Tells where the keys are.
pub(crate) fn prepare(data: &Path) -> Result<PathBuf> {
    let keys = data.join("keys");
    fs::create_dir_all(&keys).with_context(|| format!("cannot make {}", keys.display()))?;
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o700))?;
    Ok(keys)
}

impl Parts {
    /// Starts what has no address. The log comes first: its lock says whether another service
    /// already uses this data directory.
    pub(crate) async fn start(options: &Serve, keys: &Path) -> Result<Self> {
        let data = env::current_dir()?.join(&options.data);
        let data = fs::canonicalize(&data)?;
        let (log, own_log) = if let Some(url) = &options.eventstore_url {
            (url.as_str().to_owned(), None)
        } else {
            let own = start_log(&data, keys).await?;
            (own.connection_string(), Some(own))
        };
        let log = EventLog::connect(&log, eventlog::Options::default())
            .await
            .context("EVENTSTORE_URL cannot be used")?;
        let nursery = Nursery::open();
        let (postgres, nats) = tokio::join!(
            async {
                if options.database_url.is_some() {
                    return Ok(None);
                }
                PrivatePostgres::start(&nursery, &data, keys).await.map(Some)
            },
            async {
                if options.nats_url.is_some() {
                    return Ok(None);
                }
                PrivateNats::start(&nursery, &data, keys).await.map(Some)
            }
        );
        let (own_postgres, own_nats) = (postgres?, nats?);
        let database_url = match (&options.database_url, &own_postgres) {
            (Some(url), _) => url.as_str().to_owned(),
            (None, Some(own)) => own.url.to_string(),
            (None, None) => unreachable!("what is not named has been started"),
        };
        let nats = connect_nats(options, own_nats.as_ref()).await?;
        let database_url = Zeroizing::new(database_url);
        Ok(Self { log, database_url, nats, own_log, own_postgres, own_nats, _nursery: nursery })
    }

    /// What was started here, and where, for people.
    pub(crate) fn own(&self) -> Vec<String> {
        let mut own = Vec::new();
        if self.own_log.is_some() {
            own.push("embedded event log".to_owned());
        }
        if let Some(postgres) = &self.own_postgres {
            own.push(format!("private Postgres in {}", postgres.home.display()));
        }
        if self.own_nats.is_some() {
            own.push("private NATS".to_owned());
        }
        own
    }

    /// Stops what was started here.
    pub(crate) async fn stop(self) {
        if let Some(nats) = self.own_nats {
            nats.stop().await;
        }
        if let Some(postgres) = self.own_postgres {
            postgres.stop().await;
        }
        if let Some(log) = self.own_log {
            log.shutdown().await;
        }
    }
}

async fn start_log(data: &Path, keys: &Path) -> Result<Handle> {
    let options = eventlog::server::Options {
        directory: data.join("log"),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        password: Some(password(keys, "log")?.to_string()),
    };
    EmbeddedLog::start(options).await.context("the embedded event log did not start")
}

/// A client that is there at once and connects as soon as it can.
async fn connect_nats(options: &Serve, own: Option<&PrivateNats>) -> Result<async_nats::Client> {
    let connecting = async_nats::ConnectOptions::new().name("registre").retry_on_initial_connect();
    let client = match (&options.nats_url, own) {
        (Some(url), _) => connecting.connect(url.as_str()).await,
        (None, Some(own)) => {
            let connecting = connecting
                .user_and_password(PrivateNats::USER.to_owned(), own.password.to_string());
            connecting.connect(&own.url).await
        }
        (None, None) => unreachable!("what is not named has been started"),
    };
    client.context("NATS_URL cannot be used")
}
