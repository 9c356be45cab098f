//! `registre log serve`

use std::fs;

use anyhow::{Context, Result, bail};
use eventlog::server::{EmbeddedLog, Options, Tls};
use tokio::signal::unix::{SignalKind, signal};
use tracing::info;

use crate::arguments::LogServe;
use crate::output::print;

/// Serves the log alone until SIGTERM or SIGINT.
pub(crate) async fn run(options: LogServe) -> Result<()> {
    let password = options.password_file.map(fs::read_to_string).transpose();
    let password = password.context("cannot read the password's file")?;
    let tls = match (options.tls_cert, options.tls_key) {
        (Some(certificate), Some(key)) => Some(Tls { certificate, key }),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => bail!("--tls-cert and --tls-key go together"),
    };
    let log = EmbeddedLog::start(Options {
        directory: options.data.join("log"),
        listen: options.listen,
        password: password.map(|password| password.trim().to_owned()),
        tls,
    });
    let log = log.await?;
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let address = log.address();
    info!(%address, "the log listens");
    print(&[format!("The log listens on {address}"), "Ctrl-C stops it".to_owned()]);
    let failed = tokio::select! {
        _ = terminate.recv() => false,
        _ = interrupt.recv() => false,
        () = log.failed() => true,
    };
    let damage = log.damage();
    log.shutdown().await;
    if let Some(damage) = damage {
        bail!("the log is damaged and not served any more: {damage}");
    }
    if failed {
        bail!("the log cannot write any more; see what the disk says, then start it again");
    }
    Ok(())
}
