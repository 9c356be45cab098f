//! The log's identity, and the keys that it was written with.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use commands::FoundationError;
use eventlog::{EventLog, ReadError};
use projections::Chain;
use schema::{LogId, Origin};
use tokio::time::sleep;
use tracing::warn;
use vault::{Keyring, Missing, Vault};

use super::parts::Parts;
use crate::arguments::Serve;

/// Pause before a log that does not answer yet is asked again.
const LOG_RETRY: Duration = Duration::from_millis(500);

/// The log's identity and a vault with its keys, as soon as the log answers.
/// `before` is called before a log is founded that has not been there.
pub(crate) async fn found(
    log: &EventLog,
    keys: &Path,
    before: impl Fn() -> Result<()>,
) -> Result<(LogId, Vault)> {
    loop {
        match try_found(log, keys, &before).await? {
            Ok(found) => return Ok(found),
            Err(FoundationError::Read(ReadError::Denied)) => {
                bail!("the event log refuses the credentials of EVENTSTORE_URL");
            }
            Err(error @ (FoundationError::ForeignKeys | FoundationError::Foreign)) => {
                return Err(error.into());
            }
            Err(error) => {
                warn!(error = %Chain(&error), "waiting for the event log");
                sleep(LOG_RETRY).await;
            }
        }
    }
}

async fn try_found(
    log: &EventLog,
    keys: &Path,
    before: impl Fn() -> Result<()>,
) -> Result<Result<(LogId, Vault), FoundationError>> {
    let missing = match commands::foundation(log).await {
        Ok(Some(_)) => Missing::Refuse,
        Ok(None) => {
            before()?;
            Missing::Make
        }
        Err(error) => return Ok(Err(error)),
    };
    let keyring = Arc::new(Keyring::open(keys, missing)?);
    let vault = Vault::new(log.clone(), Arc::clone(&keyring));
    let request = api::anonymous(Origin::default());
    let found = commands::found(log, &vault, &keyring, &request).await;
    Ok(found.map(|log_id| (log_id, vault)))
}

/// The identity of a log that has been founded, and a vault with its keys.
pub(crate) async fn existing(log: &EventLog, keys: &Path) -> Result<(LogId, Vault)> {
    if commands::foundation(log).await?.is_none() {
        bail!("the event log is empty");
    }
    Ok(try_found(log, keys, || Ok(())).await??)
}

/// The identity that the log goes on with: a new one where its read models do not fit it and are
/// given up.
pub(crate) async fn identity(options: &Serve, parts: &Parts, found: LogId) -> Result<LogId> {
    if !options.force_rebuild {
        return Ok(found);
    }
    let forgotten = projections::forget_foreign(&parts.database_url, &parts.log, found).await;
    if !forgotten.context("whether the read models fit the log cannot be told")? {
        return Ok(found);
    }
    let renewed = commands::renew(&parts.log, api::now()).await?;
    warn!(was = %found, is = %renewed, "read models are made anew");
    Ok(renewed)
}
