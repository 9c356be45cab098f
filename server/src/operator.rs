//! A log and its keys for the operator's commands, whether or not a service runs on them.
//!
//! **Invariant:** what nobody runs is run for as long as the command takes, and what somebody runs is
//! reached where it runs: the log's own lock says which of the two it is.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use api::anonymous;
use commands::{Commands, Journal};
use eventlog::{
    EventLog,
    server::{Handle, StartError},
};
use schema::Origin;
use vault::{Keyring, Missing, Vault};
use zeroize::Zeroizing;

use crate::{
    arguments::{Address, Place},
    restored,
    standalone::{Nursery, PrivatePostgres, log_url, start_log},
};

/// The write side of a log that has been founded.
pub(crate) struct Operator {
    pub(crate) commands: Commands,
    pub(crate) keyring_check: String,
    data: PathBuf,
    keys: PathBuf,
    /// The log, where it is run here.
    own_log: Option<Handle>,
}

/// The read models, for as long as they are needed.
pub(crate) struct Tables {
    pub(crate) url: Zeroizing<String>,
    own: Option<(PrivatePostgres, Nursery)>,
}

impl Operator {
    /// Opens the log at `place`, unless it waits for its journal to be replayed.
    pub(crate) async fn open(place: &Place) -> Result<Self> {
        restored::refuse(&place.data)?;
        Self::open_restored(place).await
    }

    /// Opens it in any case.
    pub(crate) async fn open_restored(place: &Place) -> Result<Self> {
        let keys = place.keys();
        let (url, own_log) = match &place.eventstore {
            Some(url) => (Zeroizing::new(url.as_str().to_owned()), None),
            None => reach(&place.data, &keys).await?,
        };
        let log = Box::pin(EventLog::connect(&url, eventlog::Options::default())).await;
        let log = log.context("the address of the log cannot be used")?;
        if commands::foundation(&log).await?.is_none() {
            bail!("nothing has been written to this log yet: serve it first");
        }
        let keyring = std::sync::Arc::new(Keyring::open(&keys, Missing::Refuse)?);
        let vault = Vault::new(log.clone(), std::sync::Arc::clone(&keyring));
        commands::found(&log, &vault, &keyring, &anonymous(Origin::default())).await?;
        let keyring_check = keyring.claim_key_check();
        let mut commands = Commands::new(log, vault);
        if let Some(path) = place.journal() {
            commands = commands.noting_in(Journal::open(&path, &keyring_check)?);
        }
        Ok(Self { commands, keyring_check, data: place.data.clone(), keys, own_log })
    }

    /// The read models at `given`, or those of the private Postgres, which runs with the log.
    pub(crate) async fn tables(&self, given: Option<&Address>) -> Result<Tables> {
        if let Some(given) = given {
            return Ok(Tables { url: Zeroizing::new(given.as_str().to_owned()), own: None });
        }
        let data = fs::canonicalize(&self.data)?;
        let keys = &self.keys;
        if self.own_log.is_none() {
            return Ok(Tables { url: PrivatePostgres::url(&data, keys)?, own: None });
        }
        let nursery = Nursery::open();
        let own = PrivatePostgres::start(&nursery, &data, keys).await?;
        Ok(Tables { url: own.url.clone(), own: Some((own, nursery)) })
    }

    /// Lets go of the log.
    pub(crate) async fn close(self) {
        drop(self.commands);
        if let Some(log) = self.own_log {
            log.shutdown().await;
        }
    }
}

impl Tables {
    /// Lets go of Postgres.
    pub(crate) async fn close(self) {
        if let Some((postgres, nursery)) = self.own {
            postgres.stop().await;
            drop(nursery);
        }
    }
}

/// Where the embedded log of `data` can be reached: run here, or by the service that runs it.
pub(crate) async fn reach(data: &Path, keys: &Path) -> Result<(Zeroizing<String>, Option<Handle>)> {
    if !data.join("log").is_dir() {
        bail!("there is no log in {}", data.display());
    }
    match start_log(data, keys).await {
        Ok(own) => Ok((Zeroizing::new(own.connection_string()), Some(own))),
        Err(error) if matches!(error.downcast_ref(), Some(StartError::Taken(_))) => {
            let url = log_url(keys)?.context("the log is in use, and nothing says where")?;
            Ok((url, None))
        }
        Err(error) => Err(error),
    }
}
