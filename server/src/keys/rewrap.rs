//! `registre keys rewrap`

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use api::anonymous;
use commands::rewrap;
use eventlog::EventLog;
use schema::Origin;
use vault::{Keyring, Vault};
use zeroize::Zeroizing;

use crate::{arguments::Rewrap, operator::reach, output::print, restored};

/// Wraps every data key by the next master key, says so in the log, and then gives that key the name
/// of the old one, which is gone from there on.
pub(crate) async fn run(options: Rewrap) -> Result<()> {
    let place = &options.place;
    restored::refuse(&place.data)?;
    let keys = place.keys();
    let (url, own_log) = match &place.eventstore {
        Some(url) => (Zeroizing::new(url.as_str().to_owned()), None),
        None => reach(&place.data, &keys).await?,
    };
    if place.eventstore.is_none() && own_log.is_none() {
        bail!("a service runs on {}: stop it first", place.data.display());
    }
    let log = Box::pin(EventLog::connect(&url, eventlog::Options::default())).await;
    let log = log.context("the address of the log cannot be used")?;
    let (old, next) = Keyring::open_changing(&keys)?;
    let (from, to) =
        (Vault::new(log.clone(), Arc::new(old)), Vault::new(log.clone(), Arc::new(next)));
    let request = anonymous(Origin::default());
    let rewrapped = Box::pin(rewrap(&log, &from, &to, &request)).await;
    drop((log, from, to));
    if let Some(log) = own_log {
        log.shutdown().await;
    }
    let rewrapped = rewrapped.context("not every key is wrapped anew yet; the same goes on")?;
    Keyring::put_in_place(&keys)?;
    print(&[format!("data keys  {rewrapped} wrapped anew"), "The old master key is gone.".into()]);
    Ok(())
}
