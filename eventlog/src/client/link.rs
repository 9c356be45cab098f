//! A client of the log that is replaced when it is dead.
//!
//! The official client ends for ever when its first connection fails, and goes on asking a node
//! that is gone when a cluster has chosen another. Here, whoever meets such a failure says so
//! ([`Lease::suspect`]); the client is put aside, and fresh ones are tried until one reaches a
//! node.
//!
//! **Invariant:** at most one search runs per link, and a failure met on a client that has already
//! been replaced starts none.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};

use super::{
    ConnectError, address::Address, failure::Failure, known::Known, node::Node, search::Search,
};

/// How often a call follows the leader before it asks the cluster anew.
const MOVES_MAX: u32 = 2;

/// The way to the log. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct Link(Arc<Shared>);

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) address: Address,
    /// For one attempt to reach a node.
    pub(super) attempt: Duration,
    pub(super) state: watch::Sender<State>,
    pub(super) known: Arc<Known>,
}

#[derive(Debug)]
pub(super) enum State {
    /// Nothing has been tried yet.
    Starting,
    /// A node answers.
    Up(Up),
    /// None does, and a search is running.
    Down(String),
}

#[derive(Debug)]
pub(super) struct Up {
    pub(super) node: Arc<Node>,
    /// One more for each client of the link.
    pub(super) number: u64,
    pub(super) since: Instant,
    /// The last pause before it was found.
    pub(super) pause: Duration,
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
    pub(super) async fn start(
        address: Address,
        attempt: Duration,
        known: Arc<Known>,
    ) -> Result<Self, ConnectError> {
        let node = address.client().await?;
        let state = watch::Sender::new(State::Starting);
        let shared = Arc::new(Shared { address, attempt, state, known });
        let search = Search { first: Some(node), kept: None, number: 1, pause: Duration::ZERO };
        tokio::spawn(search.run(Arc::downgrade(&shared)));
        Ok(Self(shared))
    }

    /// Waits for a client until `deadline`. `Err` says what stood in the way.
    pub(super) async fn lease(&self, deadline: Instant) -> Result<Lease, String> {
        match timeout_at(deadline, self.find(true)).await {
            Ok(found) => found,
            Err(_) => Err(match &*self.0.state.borrow() {
                State::Down(reason) => reason.clone(),
                State::Starting | State::Up(_) => "no node reached yet".to_owned(),
            }),
        }
    }

    /// Waits for a client: for ever if the caller knows of the outage, otherwise until there is
    /// one. `Err` says why.
    pub(super) async fn find(&self, outage_known: bool) -> Result<Lease, String> {
        let mut states = self.0.state.subscribe();
        let decided = states.wait_for(|state| match state {
            State::Starting => false,
            State::Up(_) => true,
            State::Down(_) => !outage_known,
        });
        match &*decided.await.expect("the link that is borrowed here holds the sender") {
            State::Up(up) => Ok(self.lent(up)),
            State::Down(reason) => Err(reason.clone()),
            State::Starting => Err("no node reached yet".to_owned()),
        }
    }

    fn lent(&self, up: &Up) -> Lease {
        Lease { node: Arc::clone(&up.node), number: up.number, link: self.clone() }
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
            let unreached =
                |reason| if sent { Failure::Lost(reason) } else { Failure::Unreached(reason) };
            let lease = self.lease(limits.deadline(sent)).await.map_err(unreached)?;
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
                    if repeat == Repeat::Never {
                        return Err(failure);
                    }
                }
                Failure::Broken(_)
                | Failure::Declined(_)
                | Failure::Unexplained(_)
                | Failure::NotFound
                | Failure::Deleted
                | Failure::Denied
                | Failure::WrongRevision(_)
                | Failure::TooLarge(_)
                | Failure::Invalid(_) => return Err(failure),
            }
            if Instant::now() >= limits.deadline(sent) {
                return Err(if sent { Failure::Lost(failure.reason()) } else { failure });
            }
        }
    }
}

impl Limits {
    /// For a call that `sent` says may have been received.
    fn deadline(&self, sent: bool) -> Instant {
        if sent { self.answer } else { self.reach }
    }
}

impl Lease {
    /// This client failed in a way that says that its node, or the way to it, is gone.
    pub(super) fn suspect(&self, reason: &str) {
        let Shared { address, state, .. } = &*self.link.0;
        let mut search = None;
        state.send_if_modified(|state| {
            if let State::Up(up) = state
                && up.number == self.number
            {
                search = Some(Search::after(up, address.is_single_node()));
                *state = State::Down(reason.to_owned());
            }
            search.is_some()
        });
        if let Some(search) = search {
            tracing::warn!(reason, "event log lost, looking for it");
            tokio::spawn(search.run(Arc::downgrade(&self.link.0)));
        }
    }
}
