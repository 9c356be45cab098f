//! Accepting connections and letting them go.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    response::Response,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use projections::Chain;
use schema::caps::{HEADER_TIMEOUT, STOP_WAIT};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::{Layer, ServiceExt};
use tower_http::normalize_path::{NormalizePath, NormalizePathLayer};
use tracing::{debug, warn};

/// Pause after a failed accept, such as when there are no file descriptors left.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// Serves `router` on `listeners` until `shutdown`; then lets requests in flight end, for
/// [`STOP_WAIT`] at the most. A trailing slash makes no difference and no redirect.
pub async fn serve(listeners: Vec<Arc<TcpListener>>, router: Router, shutdown: CancellationToken) {
    let service = NormalizePathLayer::trim_trailing_slash().layer(router);
    let connections = TaskTracker::new();
    let acceptors = TaskTracker::new();
    for listener in listeners {
        acceptors.spawn(accept(listener, service.clone(), connections.clone(), shutdown.clone()));
    }
    acceptors.close();
    acceptors.wait().await;
    connections.close();
    if tokio::time::timeout(STOP_WAIT, connections.wait()).await.is_err() {
        warn!(left = connections.len(), "connections were cut");
    }
}

async fn accept(
    listener: Arc<TcpListener>,
    service: NormalizePath<Router>,
    connections: TaskTracker,
    shutdown: CancellationToken,
) {
    while let Some(accepted) = shutdown.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, peer)) => {
                connections.spawn(talk(stream, peer, service.clone(), shutdown.clone()));
            }
            Err(error) => {
                warn!(error = %Chain(&error), "connection not accepted");
                tokio::time::sleep(ACCEPT_RETRY).await;
            }
        }
    }
}

async fn talk(
    stream: TcpStream,
    peer: SocketAddr,
    service: NormalizePath<Router>,
    shutdown: CancellationToken,
) {
    if let Err(error) = stream.set_nodelay(true) {
        debug!(error = %Chain(&error), "small answers may be late");
    }
    let answer = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let service = service.clone();
        async move {
            Ok::<Response, Infallible>(
                service.oneshot(request).await.unwrap_or_else(|never| match never {}),
            )
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), answer)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        debug!(error = %Chain(&error), "connection broke");
    }
}
