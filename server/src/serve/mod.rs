//! `registre serve`: finds or starts what is needed, wires the rooms together, and takes everything
//! down again in order.

mod banner;
mod doors;
mod foundation;
mod parts;
mod read_side;
mod stop;

use std::{path::Path, sync::Arc};

use anyhow::Result;
use api::{App, Health, Hub, Origins, Tokens};
use commands::Commands;
use schema::caps::STOP_WAIT;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use self::{doors::Doors, parts::Parts, read_side::ReadSide};
use crate::arguments::Serve;

/// Runs until SIGTERM or SIGINT.
pub(crate) async fn run(options: Serve) -> Result<()> {
    let shutdown = CancellationToken::new();
    stop::on_signal(&shutdown)?;
    // Ports come first: a taken one is found out before anything has been started.
    let mut doors = Doors::open(&options.listen, Origins::Any, &shutdown).await?;
    let served = Box::pin(with_parts(&options, &mut doors, &shutdown)).await;
    shutdown.cancel();
    doors.closed().await?;
    info!("stopped");
    served
}

async fn with_parts(
    options: &Serve,
    doors: &mut Doors,
    shutdown: &CancellationToken,
) -> Result<()> {
    let keys = parts::prepare(&options.data)?;
    let starting = Box::pin(Parts::start(options, &keys));
    let Some(started) = shutdown.run_until_cancelled(starting).await else { return Ok(()) };
    let parts = started?;
    let served = Box::pin(serve(doors, &parts, &keys, shutdown)).await;
    parts.stop().await;
    served
}

/// Serves until `shutdown`, and then until the last request and the last socket have ended.
async fn serve(
    doors: &mut Doors,
    parts: &Parts,
    keys: &Path,
    shutdown: &CancellationToken,
) -> Result<()> {
    let founding = Box::pin(foundation::found(&parts.log, keys));
    let Some(found) = shutdown.run_until_cancelled(founding).await else { return Ok(()) };
    let (log_id, vault) = found?;
    let tokens = Arc::new(Tokens::open(&keys.join("signing.key"))?);
    let hub = Hub::new(parts.log.clone(), shutdown.clone());
    // The read side goes on until the last request has been answered: answers wait for it.
    let read_side = ReadSide::new(parts, log_id, vault.clone(), hub.clone())?;
    let starting = Box::pin(read_side.start());
    let Some(started) = shutdown.run_until_cancelled(starting).await else { return Ok(()) };
    let health = Health::new(parts.log.clone(), parts.nats.clone(), started?, shutdown.clone());
    doors.show(api::router(App {
        commands: Commands::new(parts.log.clone(), vault),
        log_id,
        pool: projections::pool(&parts.database_url)?,
        progress: read_side.progress(),
        tokens,
        hub: hub.clone(),
        health,
    }));
    banner::print(doors.addresses(), &parts.own());
    let (closed, ()) = tokio::join!(doors.closed(), say_goodbye(&hub, shutdown));
    read_side.stop().await;
    closed
}

/// Lets every socket hear why it is closed.
async fn say_goodbye(hub: &Hub, shutdown: &CancellationToken) {
    shutdown.cancelled().await;
    if timeout(STOP_WAIT, hub.closed()).await.is_err() {
        warn!("sockets were cut");
    }
}
