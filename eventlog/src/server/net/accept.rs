//! Taking connections.

use std::{sync::Arc, time::Duration};

use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::quickack::QuickAck;
use crate::server::{log::Log, rpc};

/// The official client opens one connection and calls everything over it.
const STREAMS_PER_CONNECTION_MAX: u32 = 4096;
/// A connection on which nothing is heard for twice as long is closed.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// How much may be on its way to one call, and to one connection.
const WINDOW_BYTES: u32 = 4 << 20;
/// How long a client may take to agree on encryption.
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);
/// How long to wait when the system has no connection to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Take connections until `log` shuts down; what they still do then is in `connections`.
pub(crate) async fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    log: Arc<Log>,
    connections: TaskTracker,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = log.stopping.cancelled() => return,
        };
        match accepted {
            Ok((stream, _)) => {
                let stream = QuickAck::new(stream);
                match tls.clone() {
                    Some(tls) => connections.spawn(greet(tls, stream, Arc::clone(&log))),
                    None => connections.spawn(serve(stream, Arc::clone(&log))),
                };
            }
            Err(error) => {
                tracing::warn!(%error, "connection cannot be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serve a connection once it is private.
async fn greet(tls: TlsAcceptor, stream: QuickAck, log: Arc<Log>) {
    match timeout(HANDSHAKE_MAX, tls.accept(stream)).await {
        Ok(Ok(stream)) => serve(stream, log).await,
        Ok(Err(error)) => tracing::debug!(%error, "connection is not private"),
        Err(_) => tracing::debug!("connection did not become private in time"),
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, log: Arc<Log>) {
    let stopping: CancellationToken = log.stopping.clone();
    let killed = log.killed.clone();
    let service = service_fn(move |request| rpc::route(Arc::clone(&log), request));
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new());
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE)
        .max_concurrent_streams(STREAMS_PER_CONNECTION_MAX)
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(4 * WINDOW_BYTES);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let served = tokio::select! {
        served = &mut connection => served,
        () = killed.cancelled() => return,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                served = &mut connection => served,
                () = killed.cancelled() => return,
            }
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, "connection ended");
    }
}
