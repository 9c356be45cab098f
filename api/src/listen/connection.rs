//! One connection, from its first byte to its last.

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request},
    response::Response,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use projections::Chain;
use schema::caps::{HEADER_FIELDS_MAX, HTTP_BUFFER_BYTES_MAX};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::OwnedSemaphorePermit,
    time::timeout,
};
use tracing::debug;

use super::{
    House,
    encryption::{Encrypted, Encryption},
    patience::Patient,
};

/// How long the body of this request may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyWait(pub(crate) Duration);

/// Answers what comes over `stream`; when the service stops, the request that is being answered is
/// the last. `place` is given back when the connection, or the socket it has become, is gone.
pub(super) async fn talk(
    stream: TcpStream,
    peer: SocketAddr,
    place: OwnedSemaphorePermit,
    house: House,
) {
    if let Err(error) = stream.set_nodelay(true) {
        debug!(error = %Chain(&error), "small answers may be late");
    }
    let stream = Patient::new(stream, house.limits.write, place);
    let Some(Encryption(acceptor)) = &house.encryption else {
        return speak(stream, peer, None, house).await;
    };
    match timeout(house.limits.header, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => speak(stream, peer, Some(Encrypted), house).await,
        Ok(Err(error)) => debug!(error = %Chain(&error), "connection was not encrypted"),
        Err(_) => debug!("connection was not encrypted in time"),
    }
}

/// Answers what is asked over `stream`.
async fn speak<S>(stream: S, peer: SocketAddr, encrypted: Option<Encrypted>, house: House)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (limits, shutdown) = (house.limits, house.shutdown.clone());
    // Whoever comes while the service stops has one question, and hears why it is not answered.
    let late = shutdown.is_cancelled();
    let answer = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(BodyWait(limits.body));
        if let Some(encrypted) = encrypted {
            request.extensions_mut().insert(encrypted);
        }
        let front = house.front();
        async move { Ok::<Response, Infallible>(front.answer(request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .keep_alive(!late)
        .header_read_timeout(limits.header)
        .max_headers(HEADER_FIELDS_MAX)
        .max_buf_size(HTTP_BUFFER_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), answer)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.cancelled(), if !late => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        debug!(error = %Chain(&error), "connection broke");
    }
}
