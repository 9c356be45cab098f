//! Many sockets at once.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use futures::{StreamExt, future::try_join_all};
use tokio::{net::TcpStream, task::JoinHandle};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        Message,
        client::IntoClientRequest,
        handshake::client::Request,
        http::{HeaderValue, header::AUTHORIZATION},
        protocol::WebSocketConfig,
    },
};

/// What the last frame may take before the run fails.
const PATIENCE: Duration = Duration::from_mins(2);

/// Sockets that are opened at the same time.
const OPENED_AT_ONCE: usize = 50;

/// An open socket.
pub(crate) struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    pub(crate) async fn open(address: SocketAddr, path: &str) -> anyhow::Result<Self> {
        Self::connect(address, format!("ws://{address}{path}").into_client_request()?).await
    }

    /// The same, by the holder of `token`.
    pub(crate) async fn open_by(
        address: SocketAddr,
        path: &str,
        token: &str,
    ) -> anyhow::Result<Self> {
        let mut request = format!("ws://{address}{path}").into_client_request()?;
        let bearer = HeaderValue::from_str(&format!("Bearer {token}"))?;
        request.headers_mut().insert(AUTHORIZATION, bearer);
        Self::connect(address, request).await
    }

    async fn connect(address: SocketAddr, request: Request) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        // Small buffers: a thousand of these live beside the service on one machine.
        let config = WebSocketConfig::default().read_buffer_size(8 * 1024);
        Ok(Self(client_async_with_config(request, stream, Some(config)).await?.0))
    }

    /// The next text frame.
    pub(crate) async fn frame(&mut self) -> anyhow::Result<String> {
        loop {
            match self.0.next().await.context("the socket ended")?? {
                Message::Text(text) => return Ok(text.to_string()),
                Message::Ping(_) | Message::Pong(_) => {}
                other => bail!("not a text frame: {other:?}"),
            }
        }
    }
}

/// `count` open sockets.
pub(crate) async fn open(
    address: SocketAddr,
    path: &str,
    count: usize,
) -> anyhow::Result<Vec<Socket>> {
    let mut sockets = Vec::new();
    while sockets.len() < count {
        let some = OPENED_AT_ONCE.min(count - sockets.len());
        sockets.extend(try_join_all((0..some).map(|_| Socket::open(address, path))).await?);
    }
    Ok(sockets)
}

/// Readers of a burst.
pub(crate) struct Burst(Vec<JoinHandle<anyhow::Result<(Instant, Socket)>>>);

impl Burst {
    /// Each socket is read until it has `frames`.
    pub(crate) fn expect(sockets: Vec<Socket>, frames: usize) -> Self {
        let readers = sockets.into_iter().map(|mut socket| {
            tokio::spawn(async move {
                for _ in 0..frames {
                    socket.frame().await?;
                }
                Ok((Instant::now(), socket))
            })
        });
        Self(readers.collect())
    }

    /// When the last frame arrived, and the sockets for the next burst.
    pub(crate) async fn last(self) -> anyhow::Result<(Instant, Vec<Socket>)> {
        let ends = tokio::time::timeout(PATIENCE, try_join_all(self.0)).await;
        let ends =
            ends.context("frames are missing")??.into_iter().collect::<anyhow::Result<Vec<_>>>();
        let (ends, sockets): (Vec<_>, Vec<_>) = ends?.into_iter().unzip();
        Ok((ends.into_iter().max().context("no sockets")?, sockets))
    }
}
