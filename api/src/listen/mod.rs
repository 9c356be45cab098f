//! Accepting connections and letting them go.

mod connection;
mod encryption;
mod patience;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use projections::Chain;
use schema::caps::{BODY_TIMEOUT, CONNECTIONS_MAX, HEADER_TIMEOUT, STOP_WAIT, WRITE_WAIT};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{debug, warn};

pub use self::encryption::Encryption;
pub(crate) use self::{connection::BodyWait, encryption::Encrypted};
use crate::{Front, Origins, health};

/// Pause after a failed accept, such as when there are no file descriptors left.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// What somebody beyond [`Limits::connections`] hears.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\n\
    content-type: application/json\r\ncontent-length: 44\r\n\r\n\
    {\"detail\":\"Too many connections, try again\"}";

/// How long clients may take, and how many there may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For a request's header, from the moment that one may be sent: idle connections end with it.
    pub header: Duration,
    /// For a request's body.
    pub body: Duration,
    /// Without taking a byte of an answer.
    pub write: Duration,
    /// For requests in flight when the service stops.
    pub stop: Duration,
    /// Connections at once, sockets included.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header: HEADER_TIMEOUT,
            body: BODY_TIMEOUT,
            write: WRITE_WAIT,
            stop: STOP_WAIT,
            connections: CONNECTIONS_MAX,
        }
    }
}

/// What all connections share.
#[derive(Clone)]
struct House {
    /// What is served at the moment.
    front: watch::Receiver<Front>,
    /// What is served to whoever comes while the service stops.
    stopping: Front,
    limits: Limits,
    encryption: Option<Encryption>,
    shutdown: CancellationToken,
}

impl House {
    fn front(&self) -> Front {
        if self.shutdown.is_cancelled() {
            self.stopping.clone()
        } else {
            self.front.borrow().clone()
        }
    }
}

/// Serves what `front` holds on `listeners` until `shutdown`. Then requests in flight end, within
/// [`Limits::stop`], while new ones hear that the service stops.
pub async fn serve(
    listeners: Vec<Arc<TcpListener>>,
    front: watch::Receiver<Front>,
    limits: Limits,
    encryption: Option<Encryption>,
    shutdown: CancellationToken,
) {
    let stopping = Front::new(health::stopping(), &Origins::Any);
    let house = House { front, stopping, limits, encryption, shutdown: shutdown.clone() };
    let (connections, acceptors) = (TaskTracker::new(), TaskTracker::new());
    let places = Arc::new(Semaphore::new(limits.connections));
    let closed = CancellationToken::new();
    for listener in listeners {
        let (house, connections) = (house.clone(), connections.clone());
        acceptors.spawn(accept(listener, house, connections, Arc::clone(&places), closed.clone()));
    }
    shutdown.cancelled().await;
    connections.close();
    if timeout(limits.stop, connections.wait()).await.is_err() {
        warn!(left = connections.len(), "connections were cut");
    }
    closed.cancel();
    acceptors.close();
    acceptors.wait().await;
}

async fn accept(
    listener: Arc<TcpListener>,
    house: House,
    connections: TaskTracker,
    places: Arc<Semaphore>,
    closed: CancellationToken,
) {
    while let Some(accepted) = closed.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, peer)) => match Arc::clone(&places).try_acquire_owned() {
                Ok(place) => greet(stream, peer, place, &house, &connections),
                Err(_) => turn_away(&stream),
            },
            Err(error) => {
                warn!(error = %Chain(&error), "connection not accepted");
                tokio::time::sleep(ACCEPT_RETRY).await;
            }
        }
    }
}

fn greet(
    stream: TcpStream,
    peer: SocketAddr,
    place: OwnedSemaphorePermit,
    house: &House,
    connections: &TaskTracker,
) {
    let talk = connection::talk(stream, peer, place, house.clone());
    if house.shutdown.is_cancelled() {
        // Whoever comes now hears that we go, and is not waited for.
        tokio::spawn(talk);
    } else {
        connections.spawn(talk);
    }
}

/// Tells somebody for whom there is no place, without waiting for them.
fn turn_away(stream: &TcpStream) {
    if let Err(error) = stream.try_write(FULL) {
        debug!(error = %Chain(&error), "somebody was turned away without a word");
    }
}
