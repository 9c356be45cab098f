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
    /// How often all connections were ended.
    cuts: watch::Sender<u64>,
    /// How many parts of requests have reached the log.
    sent: watch::Sender<u64>,
    /// How many connections to the log there have been.
    connections: watch::Sender<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// To the log there.
    Open(SocketAddr),
    /// To the log there, but nothing arrives on either side for now.
    Stuck(SocketAddr),
    /// To the log there, but nothing comes back.
    Deaf(SocketAddr),
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
        let (way, sent) = (watch::Sender::new(way), watch::Sender::new(0));
        let (cuts, connections) = (watch::Sender::new(0), watch::Sender::new(0));
        let counts = [cuts.clone(), sent.clone(), connections.clone()];
        tokio::spawn(accept(listener, way.subscribe(), counts));
        Self { address, way, cuts, sent, connections }
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

    /// Requests still reach the log, and take effect.
    pub(crate) fn withhold_answers(&self) {
        self.way.send_modify(|way| {
            if let Way::Open(log) = *way {
                *way = Way::Deaf(log);
            }
        });
    }

    /// Changes with each part of a request that has reached the log.
    pub(crate) fn sent(&self) -> watch::Receiver<u64> {
        self.sent.subscribe()
    }

    /// How many connections to the log there have been.
    pub(crate) fn connections(&self) -> u64 {
        *self.connections.borrow()
    }

    /// Waits until there have been more than so many connections to the log.
    pub(crate) async fn more_connections(&self, than: u64) {
        self.connections.subscribe().wait_for(|count| *count > than).await.unwrap();
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
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

async fn accept(
    listener: TcpListener,
    way: watch::Receiver<Way>,
    [cuts, sent, connections]: [watch::Sender<u64>; 3],
) {
    let nobody_counts = watch::Sender::new(0);
    while let Ok((client, _)) = listener.accept().await {
        let log = match *way.borrow() {
            Way::Open(log) | Way::Stuck(log) | Way::Deaf(log) => log,
            Way::Cut => continue,
        };
        connections.send_modify(|count| *count += 1);
        let (way, sent, received) = (way.clone(), sent.clone(), nobody_counts.clone());
        let mut cut = cuts.subscribe();
        tokio::spawn(async move {
            let Ok(log) = TcpStream::connect(log).await else { return };
            client.set_nodelay(true).unwrap();
            log.set_nodelay(true).unwrap();
            let (from_client, to_client) = client.into_split();
            let (from_log, to_log) = log.into_split();
            let (there, back) = (way.clone(), way);
            let goes = |way: &Way| matches!(way, Way::Open(_) | Way::Deaf(_));
            let comes = |way: &Way| matches!(way, Way::Open(_));
            tokio::select! {
                // What was cut off stays so, also if the way is open again at once.
                biased;
                _ = cut.changed() => {}
                () = carry(from_client, to_log, there, goes, &sent) => {}
                () = carry(from_log, to_client, back, comes, &received) => {}
            }
        });
    }
}

async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut way: watch::Receiver<Way>,
    passes: impl Fn(&Way) -> bool,
    count: &watch::Sender<u64>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if way.wait_for(&passes).await.is_err() || to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
        count.send_modify(|count| *count += 1);
    }
}
