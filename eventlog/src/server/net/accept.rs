//! Taking connections.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::quickack::QuickAck;
use crate::server::{log::Log, rpc};

/// The official client opens one connection and calls everything over it.
const STREAMS_PER_CONNECTION_MAX: u32 = 4096;
/// A connection on which nothing is heard for twice as long is closed.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// How much may be on its way to one call, and to one connection.
const WINDOW_BYTES: u32 = 4 << 20;
/// How long a client may take to agree on encryption, and after that to make its first call. The
/// official client connects when it has a call to make.
const GREETING_MAX: Duration = Duration::from_secs(5);
/// More connections are closed at once. A process of the service has one for its calls and one for
/// each 80 of its subscriptions.
const CONNECTIONS_MAX: usize = 256;
/// How long to wait when the system has no connection to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Take connections until `log` shuts down; what they still do then is among its tasks.
pub(crate) async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, log: Arc<Log>) {
    let free = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = log.stopping.cancelled() => return,
        };
        match accepted {
            Ok((stream, _)) => {
                let Ok(seat) = Arc::clone(&free).try_acquire_owned() else {
                    tracing::warn!("the log has too many connections and closes another one");
                    continue;
                };
                let (tls, on) = (tls.clone(), Arc::clone(&log));
                log.tasks.spawn(async move {
                    greet(tls, stream, on).await;
                    drop(seat);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "connection cannot be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serve a connection, once it is private if it has to be.
async fn greet(tls: Option<TlsAcceptor>, stream: TcpStream, log: Arc<Log>) {
    let here = stream.local_addr().unwrap_or(log.address);
    let stream = QuickAck::new(stream);
    let Some(tls) = tls else { return serve(stream, here, log).await };
    let private = tokio::select! {
        private = timeout(GREETING_MAX, tls.accept(stream)) => private,
        () = log.stopping.cancelled() => return,
    };
    match private {
        Ok(Ok(stream)) => serve(stream, here, log).await,
        Ok(Err(error)) => tracing::debug!(%error, "connection is not private"),
        Err(_) => tracing::debug!("connection did not become private in time"),
    }
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    here: SocketAddr,
    log: Arc<Log>,
) {
    let (stopping, killed) = (log.stopping.clone(), log.killed.clone());
    let called = CancellationToken::new();
    let calling = called.clone();
    let service = service_fn(move |request| {
        calling.cancel();
        rpc::route(Arc::clone(&log), here, request)
    });
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
        () = silence(&called) => return tracing::debug!("connection has no call to make"),
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

/// Until it is certain that nobody makes a first call.
async fn silence(called: &CancellationToken) {
    if timeout(GREETING_MAX, called.cancelled()).await.is_ok() {
        std::future::pending::<()>().await;
    }
}
