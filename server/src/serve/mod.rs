//! `registre serve`: finds or starts what is needed, wires the rooms together, and takes everything
//! down again in order.

mod banner;
mod parts;
mod read_side;

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use api::{App, Health, Hub, Tokens};
use commands::{Commands, FoundationError};
use eventlog::{EventLog, ReadError};
use projections::Chain;
use schema::{LogId, Origin, caps::STOP_WAIT};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use vault::{Keyring, KeyringError, Missing, Vault};

use self::{parts::Parts, read_side::ReadSide};
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
    let starting = Box::pin(Parts::start(&options, &keys));
    let parts = match shutdown.run_until_cancelled(starting).await {
        Some(started) => started?,
        None => return Ok(()),
    };
    let served = Box::pin(serve(listeners, &parts, &keys, &shutdown)).await;
    parts.stop().await;
    served
}

async fn serve(
    listeners: Vec<Arc<TcpListener>>,
    parts: &Parts,
    keys: &Path,
    shutdown: &CancellationToken,
) -> Result<()> {
    let Some((log_id, vault)) = Box::pin(enter(&listeners, parts, keys, shutdown)).await? else {
        return Ok(());
    };
    let tokens = Arc::new(Tokens::open(&keys.join("signing.key"))?);
    let hub = Hub::new(parts.log.clone(), shutdown.clone());
    // The read side goes on until the last request has been answered: answers wait for it.
    let read_side = ReadSide::new(parts, log_id, vault.clone(), hub.clone())?;
    let starting = Box::pin(read_side.start());
    let Some(started) = shutdown.run_until_cancelled(starting).await else { return Ok(()) };
    let health = Health::new(parts.log.clone(), parts.nats.clone(), started?, shutdown.clone());
    let app = App {
        commands: Commands::new(parts.log.clone(), vault),
        log_id,
        pool: projections::pool(&parts.database_url)?,
        progress: read_side.progress(),
        tokens,
        hub: hub.clone(),
        health,
    };
    banner::print(&listeners, parts);
    tokio::join!(
        api::serve(listeners, api::router(app), shutdown.clone()),
        say_goodbye(&hub, shutdown)
    );
    read_side.stop().await;
    info!("stopped");
    Ok(())
}

/// The log's identity and the keys that it was written with. Until the log answers, requests are
/// told so. `None` when the service is stopped first.
async fn enter(
    listeners: &[Arc<TcpListener>],
    parts: &Parts,
    keys: &Path,
    shutdown: &CancellationToken,
) -> Result<Option<(LogId, Vault)>> {
    let waiting = shutdown.child_token();
    let answering = api::serve(listeners.to_vec(), api::without_log(), waiting.clone());
    let founding = async {
        let found = Box::pin(found(&parts.log, keys));
        let found = shutdown.run_until_cancelled(found).await;
        waiting.cancel();
        found.transpose()
    };
    tokio::join!(founding, answering).0
}

/// Lets every socket hear why it is closed.
async fn say_goodbye(hub: &Hub, shutdown: &CancellationToken) {
    shutdown.cancelled().await;
    if timeout(STOP_WAIT, hub.closed()).await.is_err() {
        warn!("sockets were cut");
    }
}

/// The log's identity and a vault with its keys, as soon as the log answers.
async fn found(log: &EventLog, keys: &Path) -> Result<(LogId, Vault)> {
    loop {
        match try_found(log, keys).await? {
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
) -> Result<Result<(LogId, Vault), FoundationError>, KeyringError> {
    let missing = match commands::foundation(log).await {
        Ok(Some(_)) => Missing::Refuse,
        Ok(None) => Missing::Make,
        Err(error) => return Ok(Err(error)),
    };
    let keyring = Arc::new(Keyring::open(keys, missing)?);
    let vault = Vault::new(log.clone(), Arc::clone(&keyring));
    let request = api::anonymous(Origin::default());
    let found = commands::found(log, &vault, &keyring, &request).await;
    Ok(found.map(|log_id| (log_id, vault)))
}

async fn listen(addresses: &[SocketAddr]) -> Result<Vec<Arc<TcpListener>>> {
    let mut listeners = Vec::with_capacity(addresses.len());
    for address in addresses {
        let listener = TcpListener::bind(address).await;
        let listener = listener.with_context(|| format!("cannot listen on {address}"))?;
        listeners.push(Arc::new(listener));
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
