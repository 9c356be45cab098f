//! What can happen between a client and a log.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

/// A stretch of network in front of a log.
pub(crate) struct Network {
    address: SocketAddr,
    way: watch::Sender<Way>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// To the log there.
    Open(SocketAddr),
    /// To the log there, but nothing arrives on either side for now.
    Stuck(SocketAddr),
    /// Every connection ends at once.
    Cut,
}

impl Network {
    pub(crate) async fn to(log: SocketAddr) -> Self {
        Self::new(Way::Open(log)).await
    }

    pub(crate) async fn to_nowhere() -> Self {
        Self::new(Way::Cut).await
    }

    async fn new(way: Way) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let way = watch::Sender::new(way);
        tokio::spawn(accept(listener, way.subscribe()));
        Self { address, way }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self) -> String {
        format!("esdb://{}?tls=false", self.address)
    }

    pub(crate) fn open_to(&self, log: SocketAddr) {
        self.way.send_replace(Way::Open(log));
    }

    pub(crate) fn stick(&self) {
        self.way.send_modify(|way| {
            if let Way::Open(log) = *way {
                *way = Way::Stuck(log);
            }
        });
    }

    pub(crate) fn cut(&self) {
        self.way.send_replace(Way::Cut);
    }
}

async fn accept(listener: TcpListener, way: watch::Receiver<Way>) {
    while let Ok((client, _)) = listener.accept().await {
        let (Way::Open(log) | Way::Stuck(log)) = *way.borrow() else { continue };
        let mut way = way.clone();
        tokio::spawn(async move {
            let Ok(log) = TcpStream::connect(log).await else { return };
            client.set_nodelay(true).unwrap();
            log.set_nodelay(true).unwrap();
            let (from_client, to_client) = client.into_split();
            let (from_log, to_log) = log.into_split();
            tokio::select! {
                () = carry(from_client, to_log, way.clone()) => {}
                () = carry(from_log, to_client, way.clone()) => {}
                _ = way.wait_for(|way| *way == Way::Cut) => {}
            }
        });
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut way: watch::Receiver<Way>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if way.wait_for(|way| matches!(way, Way::Open(_))).await.is_err()
            || to.write_all(&buffer[..length]).await.is_err()
        {
            return;
        }
    }
}
