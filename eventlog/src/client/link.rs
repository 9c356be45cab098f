//! A client of the log that is replaced when it is dead.
//!
//! The official client ends for ever when its first connection fails, and goes on asking a node
//! that is gone when a cluster has chosen another. Here, whoever meets such a failure says so
//! ([`Lease::suspect`]); the client is put aside, and fresh ones are tried until one reaches a
//! node.
//!
//! **Invariant:** at most one search runs per link, and a failure met on a client that has already
//! been replaced starts none.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout, timeout_at},
};

use super::{ConnectError, address::Address, failure::Failure, node::Node};

/// Pauses between two attempts to reach the log, doubled from the first to the last. The last is
/// also how late a log that comes back is noticed.
const PAUSE_MIN: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_millis(640);

/// How often a call follows the leader before it asks the cluster anew.
const MOVES_MAX: u32 = 2;

/// The way to the log. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct Link(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    address: Address,
    /// For one attempt to reach a node.
    attempt: Duration,
    state: watch::Sender<State>,
}

enum State {
    /// Nothing has been tried yet.
    Starting,
    /// The client reached a node.
    Up(Arc<Node>, u64),
    /// It did not, and a search is running.
    Down(String),
}

/// A client that reached a node when it was given out.
pub(super) struct Lease {
    pub(super) node: Arc<Node>,
    pub(super) number: u64,
    link: Link,
}

/// How long a call may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// For as long, a call that the log has not received yet waits for a way to it.
    pub(super) reach: Instant,
    /// Until then, a call that may have been received is repeated.
    pub(super) answer: Instant,
}

/// Whether a call may be sent again after it was lost under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Its second arrival changes nothing.
    Harmless,
    /// Its second arrival would do it twice.
    Never,
}

impl Link {
    /// Starts to look for the log. `Err` only if no client can be built at all.
    pub(super) async fn start(address: Address, attempt: Duration) -> Result<Self, ConnectError> {
        let node = address.client().await?;
        let state = watch::Sender::new(State::Starting);
        let shared = Arc::new(Shared { address, attempt, state });
        tokio::spawn(search(Arc::downgrade(&shared), Some(node), 1));
        Ok(Self(shared))
    }

    /// Waits for a client until `deadline`. `Err` says what stood in the way.
    pub(super) async fn lease(&self, deadline: Instant) -> Result<Lease, String> {
        match timeout_at(deadline, self.find(true)).await {
            Ok(found) => found,
            Err(_) => Err(match &*self.0.state.borrow() {
                State::Down(reason) => reason.clone(),
                State::Starting | State::Up(..) => "no node reached yet".to_owned(),
            }),
        }
    }

    /// Waits for a client: for ever if the caller knows of the outage, otherwise until there is
    /// one. `Err` says why.
    pub(super) async fn find(&self, outage_known: bool) -> Result<Lease, String> {
        let mut states = self.0.state.subscribe();
        let decided = states.wait_for(|state| match state {
            State::Starting => false,
            State::Up(..) => true,
            State::Down(_) => !outage_known,
        });
        match &*decided.await.expect("the link that is borrowed here holds the sender") {
            State::Up(node, number) => Ok(self.lent(node, *number)),
            State::Down(reason) => Err(reason.clone()),
            State::Starting => Err("no node reached yet".to_owned()),
        }
    }

    /// A client, if there is one.
    pub(super) fn now(&self) -> Option<Lease> {
        match &*self.0.state.borrow() {
            State::Up(node, number) => Some(self.lent(node, *number)),
            State::Starting | State::Down(_) => None,
        }
    }

    fn lent(&self, node: &Arc<Node>, number: u64) -> Lease {
        Lease { node: Arc::clone(node), number, link: self.clone() }
    }

    /// Makes `call` with one client after the other until the log answers it.
    ///
    /// `sent` says whether the same call may have reached the log in another way before. The
    /// failure is [`Failure::Lost`] whenever any of the attempts may have reached it, unless the
    /// log has answered a later one. `call` is told whether an earlier one may have.
    pub(super) async fn call<T, F, Fut>(
        &self,
        limits: Limits,
        repeat: Repeat,
        mut sent: bool,
        call: F,
    ) -> Result<T, Failure>
    where
        F: Fn(Arc<Node>, bool) -> Fut,
        Fut: Future<Output = Result<T, Failure>>,
    {
        let mut moves = 0;
        loop {
            let deadline = if sent { limits.answer } else { limits.reach };
            let open =
                |reason| if sent { Failure::Lost(reason) } else { Failure::Unreached(reason) };
            let lease = self.lease(deadline).await.map_err(open)?;
            let failure = match call(Arc::clone(&lease.node), sent).await {
                Ok(result) => return Ok(result),
                Err(failure) => failure,
            };
            match &failure {
                Failure::Moved if moves < MOVES_MAX => moves += 1,
                Failure::Moved | Failure::Unreached(_) => lease.suspect(&failure.reason()),
                Failure::Lost(reason) => {
                    lease.suspect(reason);
                    sent = true;
                    if repeat == Repeat::Never || Instant::now() >= limits.answer {
                        return Err(failure);
                    }
                }
                Failure::Broken(_)
                | Failure::Unexplained(_)
                | Failure::NotFound
                | Failure::Deleted
                | Failure::Denied
                | Failure::WrongRevision(_)
                | Failure::TooLarge(_)
                | Failure::Invalid(_) => return Err(failure),
            }
            if Instant::now() >= deadline {
                return Err(if sent { Failure::Lost(failure.reason()) } else { failure });
            }
        }
    }
}

impl Lease {
    /// This client failed in a way that says that its node, or the way to it, is gone.
    pub(super) fn suspect(&self, reason: &str) {
        let suspected = self.link.0.state.send_if_modified(|state| match state {
            State::Up(_, number) if *number == self.number => {
                *state = State::Down(reason.to_owned());
                true
            }
            State::Starting | State::Up(..) | State::Down(..) => false,
        });
        if suspected {
            tracing::warn!(reason, "event log lost, looking for it");
            tokio::spawn(search(Arc::downgrade(&self.link.0), None, self.number + 1));
        }
    }
}

/// Tries fresh clients until one reaches a node, or nobody needs one any more.
async fn search(link: Weak<Shared>, mut first: Option<Node>, number: u64) {
    let mut pause = PAUSE_MIN;
    loop {
        let Some(shared) = link.upgrade() else { return };
        let node = match first.take() {
            Some(node) => Ok(node),
            None => shared.address.client().await.map_err(|error| error.to_string()),
        };
        match reach(node, shared.attempt).await {
            Ok(node) => {
                tracing::debug!("event log reached");
                shared.state.send_replace(State::Up(Arc::new(node), number));
                return;
            }
            Err(reason) => {
                let (diagnosis, ()) = tokio::join!(shared.address.diagnosis(), sleep(pause));
                shared.state.send_replace(State::Down(format!("{reason} ({diagnosis})")));
            }
        }
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

/// Asks a node for its features: the first thing that the official client does on any call.
async fn reach(node: Result<Node, String>, within: Duration) -> Result<Node, String> {
    let node = node?;
    match timeout(within, node.server_info()).await {
        Ok(Ok(_)) => Ok(node),
        Ok(Err(error)) => Err(Failure::from(error).reason()),
        Err(_) => Err(format!("no answer within {within:?}")),
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Starting => f.write_str("Starting"),
            Self::Up(_, number) => write!(f, "Up({number})"),
            Self::Down(reason) => write!(f, "Down({reason:?})"),
        }
    }
}
