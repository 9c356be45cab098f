//! `registre serve`: finds or starts what is needed, wires the rooms together, and takes everything
//! down again in order.

mod banner;
mod parts;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use api::{App, Gateway, Health, Hub, Tokens};
use commands::{Commands, FoundationError};
use eventlog::EventLog;
use projections::{Chain, Progress, Projector, Relay};
use schema::{LogId, Origin, caps::STOP_WAIT};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    time::sleep,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{error, info, warn};
use vault::{Keyring, Vault};

use self::parts::Parts;
use crate::arguments::Serve;

/// Pause before a log that does not answer yet is asked again.
const LOG_RETRY: Duration = Duration::from_millis(500);

/// Runs until SIGTERM or SIGINT.
pub(crate) async fn run(options: Serve) -> Result<()> {
    let shutdown = CancellationToken::new();
    stop_on_signal(&shutdown)?;
    // Ports come first: a taken one is found out before anything has been started.
    let listeners = listen(&options.listen).await?;
    let keys = parts::prepare(&options.data)?;
    let keyring = Arc::new(Keyring::open(&keys)?);
    let tokens = Arc::new(Tokens::open(&keys.join("signing.key"))?);

    let starting = Box::pin(Parts::start(&options, &keys));
    let parts = match shutdown.run_until_cancelled(starting).await {
        Some(started) => started?,
        None => return Ok(()),
    };
    let served = Box::pin(serve(listeners, &parts, keyring, tokens, &shutdown)).await;
    parts.stop().await;
    served
}

async fn serve(
    listeners: Vec<TcpListener>,
    parts: &Parts,
    keyring: Arc<Keyring>,
    tokens: Arc<Tokens>,
    shutdown: &CancellationToken,
) -> Result<()> {
    let vault = Vault::new(parts.log.clone(), Arc::clone(&keyring));
    let founding = Box::pin(found(&parts.log, &vault, &keyring));
    let Some(log_id) = shutdown.run_until_cancelled(founding).await else { return Ok(()) };
    let log_id = log_id?;

    let hub = Hub::new(shutdown.clone());
    let health = Health::new(parts.log.clone(), parts.nats.clone(), shutdown.clone());
    // The read side goes on until the last request has been answered: answers wait for it.
    let read_side = CancellationToken::new();
    let work = TaskTracker::new();
    Box::pin(start_read_side(parts, log_id, &vault, &hub, &health, &work, &read_side)).await?;

    let app = App {
        commands: Commands::new(parts.log.clone(), vault),
        log_id,
        pool: projections::pool(&parts.database_url)?,
        progress: Progress::listen(parts.database_url.to_string(), read_side.clone()),
        tokens,
        hub: hub.clone(),
        health,
    };
    banner::print(&listeners, parts);
    tokio::join!(
        api::serve(listeners, api::router(app), shutdown.clone()),
        say_goodbye(&hub, shutdown)
    );
    read_side.cancel();
    work.close();
    work.wait().await;
    info!("stopped");
    Ok(())
}

/// Lets every socket hear why it is closed.
async fn say_goodbye(hub: &Hub, shutdown: &CancellationToken) {
    shutdown.cancelled().await;
    if tokio::time::timeout(STOP_WAIT, hub.closed()).await.is_err() {
        warn!("sockets were cut");
    }
}

/// Starts projector, relay and gateway.
async fn start_read_side(
    parts: &Parts,
    log_id: LogId,
    vault: &Vault,
    hub: &Hub,
    health: &Health,
    work: &TaskTracker,
    shutdown: &CancellationToken,
) -> Result<()> {
    let relay = Relay {
        log: parts.log.clone(),
        log_id,
        pool: projections::pool(&parts.database_url)?,
        nats: parts.nats.clone(),
    };
    // Without Postgres the service starts all the same: both are tried again in the background.
    if let Err(error) = projections::migrate(&parts.database_url).await {
        warn!(error = %Chain(&error), "read models are not up to date yet");
    } else if let Err(error) = relay.settle().await {
        warn!(error = %Chain(&error), "relay has no place yet");
    }
    let gateway = Gateway {
        log: parts.log.clone(),
        log_id,
        vault: vault.clone(),
        nats: parts.nats.clone(),
        hub: hub.clone(),
    };
    let from = gateway.start().await?;
    let projector = Projector {
        log: parts.log.clone(),
        log_id,
        vault: vault.clone(),
        database_url: parts.database_url.to_string(),
    };
    let (health, stop) = (health.clone(), shutdown.clone());
    work.spawn(async move {
        if let Err(failed) = projector.run(stop).await {
            error!(error = %Chain(&failed), "projector has stopped");
            health.projector_stopped();
        }
    });
    work.spawn(relay.run(shutdown.clone()));
    work.spawn(gateway.run(from, shutdown.clone()));
    Ok(())
}

/// The log's identity, as soon as the log answers.
async fn found(log: &EventLog, vault: &Vault, keyring: &Keyring) -> Result<LogId> {
    loop {
        let request = api::anonymous(Origin::default());
        match commands::found(log, vault, keyring, &request).await {
            Ok(log_id) => return Ok(log_id),
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

async fn listen(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>> {
    let mut listeners = Vec::with_capacity(addresses.len());
    for address in addresses {
        let listener = TcpListener::bind(address).await;
        listeners.push(listener.with_context(|| format!("cannot listen on {address}"))?);
    }
    Ok(listeners)
}

fn stop_on_signal(shutdown: &CancellationToken) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let shutdown = shutdown.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        shutdown.cancel();
    });
    Ok(())
}
