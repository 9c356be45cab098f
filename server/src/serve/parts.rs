//! Log, Postgres and NATS: those that were named, or our own.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use eventlog::{EventLog, server::Handle};
use schema::caps::{CHILD_STOP_WAIT, LOG_WAIT};
use tokio::time::timeout;
use tracing::warn;
use zeroize::Zeroizing;

use crate::{
    arguments::{Address, Serve},
    reach::Running,
    standalone::{Nursery, PrivateNats, PrivatePostgres, folder, start_log},
};

/// A client waits for whatever the log does.
const LOG_OPTIONS: eventlog::Options = eventlog::Options {
    append_timeout: LOG_WAIT,
    read_timeout: LOG_WAIT,
    connect_timeout: LOG_WAIT,
};

/// What the service runs on.
pub(crate) struct Parts {
    pub(crate) log: EventLog,
    log_url: Zeroizing<String>,
    pub(crate) database_url: Zeroizing<String>,
    pub(crate) nats: async_nats::Client,
    own_log: Option<Handle>,
    own_postgres: Option<PrivatePostgres>,
    own_nats: Option<PrivateNats>,
    /// Kept, because the death of its thread would be the death of what it started.
    _nursery: Nursery,
}

/// Makes the data directory; others may pass through it, as Postgres's account has to, and read
/// nothing. Tells where the keys are.
pub(crate) fn prepare(options: &Serve) -> Result<PathBuf> {
    let keys = options.keys();
    folder(&options.data, 0o711)?;
    folder(&keys, 0o700)?;
    Ok(keys)
}

impl Parts {
    /// Starts what has no address. The log comes first: its lock says whether another service
    /// already uses this data directory.
    pub(crate) async fn start(options: &Serve, keys: &Path) -> Result<Self> {
        let data = env::current_dir()?.join(&options.data);
        let data = fs::canonicalize(&data)?;
        let (log_url, own_log) = if let Some(url) = &options.parts.eventstore {
            (url.as_str().to_owned(), None)
        } else {
            let own = start_log(&data, keys).await?;
            (own.connection_string(), Some(own))
        };
        let log_url = Zeroizing::new(log_url);
        let connecting = Box::pin(EventLog::connect(&log_url, LOG_OPTIONS));
        let log = connecting.await.context("EVENTSTORE_URL cannot be used")?;
        let nursery = Nursery::open();
        let (postgres, nats) = tokio::join!(
            async {
                if options.parts.database.is_some() {
                    return Ok(None);
                }
                PrivatePostgres::start(&nursery, &data, keys).await.map(Some)
            },
            async {
                if options.parts.nats.is_some() {
                    return Ok(None);
                }
                PrivateNats::start(&nursery, &data, keys).await.map(Some)
            }
        );
        let (own_postgres, own_nats) = (postgres?, nats?);
        let given = options.parts.database.as_ref().map(|url| url.as_str().to_owned());
        let own = own_postgres.as_ref().map(|own| own.url.to_string());
        let database_url = Zeroizing::new(given.or(own).unwrap_or_default());
        let nats = connect_nats(options.parts.nats.as_ref(), own_nats.as_ref()).await?;
        Ok(Self {
            log,
            log_url,
            database_url,
            nats,
            own_log,
            own_postgres,
            own_nats,
            _nursery: nursery,
        })
    }

    /// What was started here, and where, for people.
    pub(crate) fn own(&self) -> Vec<String> {
        let mut own = Vec::new();
        if let Some(log) = &self.own_log {
            own.push(format!("embedded event log on esdb://{}", log.address()));
        }
        if let Some(postgres) = &self.own_postgres {
            own.push(format!("private Postgres in {}", postgres.home.display()));
        }
        if let Some(nats) = &self.own_nats {
            own.push(format!("private NATS on {}", nats.url));
        }
        own
    }

    /// The log once more, over a connection of its own.
    pub(crate) async fn second_log(&self) -> Result<EventLog> {
        let connecting = EventLog::connect(&self.log_url, LOG_OPTIONS);
        Box::pin(connecting).await.context("EVENTSTORE_URL cannot be used")
    }

    /// Writes down, for commands that are run beside the service, where the parts are that nobody
    /// could name.
    pub(crate) fn write_down<'a>(&self, data: &'a Path) -> Result<Option<Running<'a>>> {
        let own = self.own_log.is_some() || self.own_postgres.is_some();
        own.then(|| Running::write(data, &self.log_url, &self.database_url)).transpose()
    }

    /// Stops what was started here, all of it at once.
    pub(crate) async fn stop(self) {
        drop(self.log);
        let nats = async {
            if let Some(nats) = self.own_nats {
                nats.stop().await;
            }
        };
        let postgres = async {
            if let Some(postgres) = self.own_postgres {
                postgres.stop().await;
            }
        };
        let log = async {
            if let Some(log) = self.own_log
                && timeout(CHILD_STOP_WAIT, log.shutdown()).await.is_err()
            {
                // What it has acknowledged is on disk.
                warn!("embedded event log did not stop in time");
            }
        };
        tokio::join!(nats, postgres, log);
    }
}

/// A client that is there at once and connects as soon as it can.
async fn connect_nats(
    given: Option<&Address>,
    own: Option<&PrivateNats>,
) -> Result<async_nats::Client> {
    let mut connecting =
        async_nats::ConnectOptions::new().name("registre").retry_on_initial_connect();
    if let Some(own) = own {
        let user = PrivateNats::USER.to_owned();
        connecting = connecting.user_and_password(user, own.password.to_string());
    }
    let own = own.map(|own| own.url.as_str());
    let url = given.map(Address::as_str).or(own).unwrap_or_default();
    connecting.connect(url).await.context("NATS_URL cannot be used")
}
