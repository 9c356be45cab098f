//! The listener for Prometheus.

use std::{io, net::SocketAddr, sync::Arc};

use anyhow::{Context, Result};
use api::{Front, Gauges, Limits, Metrics, Origins};
use tokio::{net::TcpListener, sync::watch};
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// Tells what can be measured, at `address`, until `shutdown`. Tells where that is; nowhere when the
/// port is taken: a second service on one machine is no reason to fail.
pub(crate) async fn open(
    address: SocketAddr,
    gauges: Gauges,
    shutdown: &CancellationToken,
) -> Result<Option<SocketAddr>> {
    let listener = match TcpListener::bind(address).await {
        Ok(listener) => listener,
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            warn!(%address, "metrics are not served: the port is taken");
            return Ok(None);
        }
        Err(error) => return Err(error).with_context(|| format!("cannot listen on {address}")),
    };
    let address = listener.local_addr()?;
    let metrics = Metrics::install()?;
    let keep_up = metrics.clone().keep_up();
    let router = metrics.router(gauges);
    let front = Front::new(router, &Origins::Listed(Vec::new()));
    let shutdown = shutdown.clone();
    tokio::spawn(async move {
        // The sender lives as long as the server does: what is shown here never changes.
        let (_show, front) = watch::channel(front);
        let listeners = vec![Arc::new(listener)];
        let served = api::serve(listeners, front, Limits::default(), None, shutdown);
        tokio::select! {
            () = served => {}
            () = keep_up => {}
        }
    });
    Ok(Some(address))
}
