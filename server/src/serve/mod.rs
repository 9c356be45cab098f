//! `registre serve`: finds or starts what is needed, wires the rooms together, and takes everything
//! down again in order.

mod administrator;
mod banner;
mod directory;
mod doors;
mod foundation;
mod housekeeping;
mod measures;
mod parts;
mod plaintext;
mod read_side;
mod stop;

use std::{path::Path, sync::Arc};

use anyhow::{Context, Result, bail};
use api::{Audit, Gateway, Gauges, Health, Hub, Rooms, Sessions, Throttle, Tokens};
use commands::{Commands, Journal};
use projections::merkle::{Signer, origin};
use schema::caps::STOP_WAIT;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use vault::Vault;

use self::{
    administrator::MadeUp, banner::Banner, doors::Doors, housekeeping::Housekeeping, parts::Parts,
    read_side::ReadSide,
};
pub(crate) use self::{foundation::existing, stop::on_signal};
use crate::{
    arguments::{Role, Serve},
    restored,
};

/// Runs until SIGTERM or SIGINT.
pub(crate) async fn run(options: Serve) -> Result<()> {
    if let Some(contradiction) = options.contradiction() {
        bail!(contradiction);
    }
    let shutdown = CancellationToken::new();
    stop::on_signal(&shutdown)?;
    // Ports come first: a taken one is found out before anything has been started.
    let (listen, origins, proxies) = (options.listen(), options.origins(), options.proxies());
    let encryption = options.encryption()?;
    plaintext::warn_of(&options);
    let mut doors = Doors::open(&listen, origins, proxies, encryption, &shutdown).await?;
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
    restored::refuse(&options.data)?;
    let keys = parts::prepare(options)?;
    let starting = Box::pin(Parts::start(options, &keys));
    let Some(started) = shutdown.run_until_cancelled(starting).await else { return Ok(()) };
    let parts = started?;
    let served = Box::pin(serve(options, doors, &parts, &keys, shutdown)).await;
    parts.stop().await;
    served
}

/// Serves until `shutdown`, and then until the last request and the last socket have ended.
async fn serve(
    options: &Serve,
    doors: &mut Doors,
    parts: &Parts,
    keys: &Path,
    shutdown: &CancellationToken,
) -> Result<()> {
    let made_up = MadeUp::of(options).filter(|_| options.is(Role::Api));
    let before = || made_up.as_ref().map_or(Ok(()), MadeUp::write);
    let founding = Box::pin(foundation::found(&parts.log, keys, before));
    let Some(found) = shutdown.run_until_cancelled(founding).await else { return Ok(()) };
    let (found, vault) = found?;
    let log_id = Box::pin(foundation::identity(options, parts, found)).await?;
    let hub = Hub::new(parts.log.clone(), log_id, vault.clone(), shutdown.clone());
    let commands = commands(options, parts, &vault)?;
    let sessions = Sessions::start(parts.log.clone(), commands.clone()).await?;
    // The read side goes on until the last request has been answered: answers wait for it.
    let sockets = Gateway { nats: parts.nats.clone(), hub: hub.clone() };
    let signer = Arc::new(Signer::open(&keys.join("checkpoint.key"))?);
    let audit = Audit::new(vault.clone(), signer.verifier(&origin(log_id)));
    let read_side =
        ReadSide::new(options, parts, log_id, vault.clone(), sockets, sessions.clone(), signer)
            .await?;
    let housekeeping = Housekeeping::of(options, parts, &commands);
    let starting = Box::pin(read_side.start(housekeeping));
    let Some(started) = shutdown.run_until_cancelled(starting).await else { return Ok(()) };
    let health = Health::new(api::Parts {
        log: parts.log.clone(),
        pool: projections::pool(&parts.database_url)?,
        nats: parts.nats.clone(),
        progress: read_side.progress(),
        projector: started?,
        stopping: shutdown.clone(),
    });
    let mut banner = Banner::of(options, doors.addresses(), &parts.own());
    let gauges = Gauges {
        health: health.clone(),
        commands: options.is(Role::Api).then(|| commands.clone()),
        hub: hub.clone(),
        relayed: read_side.relayed(),
    };
    // Before the first request that is to be measured.
    if let Some(address) = measures::open(options.web.metrics_listen, gauges, shutdown).await? {
        banner.measured_at(address);
    }
    if options.is(Role::Api) {
        let directory = directory::open(options, keys, vault, &mut banner)?;
        let introduction = administrator::appoint(options, made_up.as_ref(), &commands).await?;
        banner.introduce(made_up, introduction);
        let rooms = Rooms {
            commands,
            log_id,
            pool: projections::pool(&parts.database_url)?,
            bootstrap: options.bootstrap(),
            closed: options.web.closed_lists.clone(),
            received_as_list: options.web.received_as_list,
            origins: options.origins(),
            docs: options.shows_docs(),
            progress: read_side.progress(),
            tokens: tokens(keys, shutdown)?,
            sessions,
            throttle: Throttle::new(options.standalone(), options.socket_limits()),
            directory,
            hub: hub.clone(),
            audit,
            health,
        };
        doors.show(api::router(rooms.into()));
    } else {
        doors.show(api::health_routes(health));
    }
    let _running = parts.write_down(&options.data)?;
    banner.print();
    let (closed, ()) = tokio::join!(doors.closed(), say_goodbye(&hub, shutdown));
    read_side.stop().await;
    closed
}

/// The write side, which notes outside the log what must outlive it.
fn commands(options: &Serve, parts: &Parts, vault: &Vault) -> Result<Commands> {
    let commands = Commands::new(parts.log.clone(), vault.clone());
    let Some(journal) = options.journal() else { return Ok(commands) };
    let journal = Journal::open(&journal, &vault.claim_key_check());
    Ok(commands.noting_in(journal.context("name another one by REGISTRE_JOURNAL")?))
}

/// Signs and verifies with the keys that are in use, whenever they are exchanged.
fn tokens(keys: &Path, shutdown: &CancellationToken) -> Result<Arc<Tokens>> {
    let tokens = Arc::new(Tokens::open(&keys.join("signing.key"))?);
    tokio::spawn(Arc::clone(&tokens).keep_up(shutdown.clone()));
    Ok(tokens)
}

/// Lets every socket hear why it is closed.
async fn say_goodbye(hub: &Hub, shutdown: &CancellationToken) {
    shutdown.cancelled().await;
    if timeout(STOP_WAIT, hub.closed()).await.is_err() {
        warn!("sockets were cut");
    }
}
