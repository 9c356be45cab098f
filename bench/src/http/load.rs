//! Closed loops: so many clients, each sending its next request when it has its answer.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::future::join_all;

use super::client::{Call, Connection};
use crate::latencies::Latencies;

/// `clients` for about `within`; `call` makes the request of a client from its number and the
/// number of its request.
pub(crate) async fn run(
    address: SocketAddr,
    clients: usize,
    within: Duration,
    call: impl Fn(usize, usize) -> Call + Send + Sync + 'static,
) -> anyhow::Result<Latencies> {
    let call = Arc::new(call);
    let mut connections = Vec::new();
    for _ in 0..clients {
        connections.push(Connection::open(address).await?);
    }
    let begun = Instant::now();
    let clients = connections.into_iter().enumerate().map(|(client, mut connection)| {
        let call = Arc::clone(&call);
        tokio::spawn(async move {
            let mut latencies = Vec::new();
            while begun.elapsed() < within {
                let call = call(client, latencies.len());
                let sent = Instant::now();
                connection.call(call).await?;
                latencies.push(sent.elapsed());
            }
            anyhow::Ok(latencies)
        })
    });
    let mut latencies = Vec::new();
    for client in join_all(clients).await {
        latencies.extend(client??);
    }
    Ok(Latencies::new(latencies, begun.elapsed()))
}
