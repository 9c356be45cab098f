//! Where clients come in: open from the first moment to the last, whatever stands behind.

use std::{net::SocketAddr, sync::Arc};

use anyhow::{Context, Result};
use api::{Encryption, Front, Limits, Origins, Proxies, Router};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tracing::debug;

/// Files that everything but clients needs: the log, Postgres, NATS, what is printed.
const FILES_RESERVED: u64 = 96;

/// The listeners, and what is served there at the moment.
pub(crate) struct Doors {
    addresses: Vec<SocketAddr>,
    origins: Origins,
    proxies: Proxies,
    show: watch::Sender<Front>,
    answering: Option<JoinHandle<()>>,
}

impl Doors {
    /// Listens on `addresses`. Until there is more, requests are told that the log cannot be reached.
    pub(crate) async fn open(
        addresses: &[SocketAddr],
        origins: Origins,
        proxies: Proxies,
        encryption: Option<Encryption>,
        shutdown: &CancellationToken,
    ) -> Result<Self> {
        let mut listeners = Vec::with_capacity(addresses.len());
        for address in addresses {
            let listener = TcpListener::bind(address).await;
            let listener = listener.with_context(|| format!("cannot listen on {address}"))?;
            listeners.push(Arc::new(listener));
        }
        let addresses = listeners.iter().map(|listener| listener.local_addr());
        let addresses = addresses.collect::<Result<_, _>>()?;
        let (show, front) =
            watch::channel(Front::new(api::without_log(), &origins).behind(proxies.clone()));
        let limits = limits();
        let answering =
            tokio::spawn(api::serve(listeners, front, limits, encryption, shutdown.clone()));
        Ok(Self { addresses, origins, proxies, show, answering: Some(answering) })
    }

    /// Where it listens.
    pub(crate) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Serves `router` from now on.
    pub(crate) fn show(&self, router: Router) {
        self.show.send_replace(Front::new(router, &self.origins).behind(self.proxies.clone()));
    }

    /// Waits until the service stops and the last request has been answered or cut.
    pub(crate) async fn closed(&mut self) -> Result<()> {
        match self.answering.take() {
            Some(answering) => Ok(answering.await?),
            None => Ok(()),
        }
    }
}

/// As many connections as the system lets us have, up to our own limit.
fn limits() -> Limits {
    let ours = Limits::default();
    let wanted = ours.connections as u64 + FILES_RESERVED;
    let allowed = getrlimit(Resource::Nofile);
    let most = allowed.maximum.map_or(wanted, |most| wanted.min(most));
    if allowed.current.is_some_and(|now| now < most) {
        let raised = Rlimit { current: Some(most), maximum: allowed.maximum };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            debug!(%error, "the limit of open files stays");
        }
    }
    let files = getrlimit(Resource::Nofile).current.unwrap_or(wanted);
    let connections = usize::try_from(files.saturating_sub(FILES_RESERVED).max(1));
    Limits { connections: connections.map_or(1, |most| most.min(ours.connections)), ..ours }
}
