//! Looking for a node that answers.
//!
//! An official client that is let go while it works leaves a task and a connection behind for
//! ever. So one that talks to a single node is kept through that node's outages, which it survives
//! once it has been connected, and only one that is dead or hangs is replaced. Of a cluster it
//! keeps asking the node that is gone, and has to be replaced at once.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use super::{
    Position,
    link::{Shared, State, Up},
    node::{Node, Silence},
};

/// Pauses between two attempts to reach the log, doubled from the first to the last. The last is
/// also how late a log that comes back is noticed.
const PAUSE_MIN: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_millis(640);

/// A log that is lost again sooner than this is not run after faster than before.
const CALM: Duration = Duration::from_secs(2);

/// For an answer of a client that has worked before. A fresh one may be quicker than to wait.
const KEPT_TIMEOUT: Duration = Duration::from_millis(500);

/// What a search begins with.
pub(super) struct Search {
    /// A client that has never been tried.
    pub(super) first: Option<Node>,
    /// A client that has worked before.
    pub(super) kept: Option<Arc<Node>>,
    /// The number of the client that is found.
    pub(super) number: u64,
    pub(super) pause: Duration,
}

impl Search {
    /// After the loss of `up`.
    pub(super) fn after(up: &Up, single: bool) -> Self {
        let calm = up.since.elapsed() >= CALM;
        Self {
            first: None,
            kept: single.then(|| Arc::clone(&up.node)),
            number: up.number + 1,
            pause: if calm { Duration::ZERO } else { longer(up.pause) },
        }
    }

    /// Tries until a node answers, or nobody needs one any more.
    pub(super) async fn run(mut self, link: Weak<Shared>) {
        loop {
            sleep(self.pause).await;
            let Some(shared) = link.upgrade() else { return };
            let reason = match self.attempt(&shared).await {
                Ok(node) => {
                    let Self { number, pause, .. } = self;
                    let up = Up { node, number, since: Instant::now(), pause };
                    shared.state.send_replace(State::Up(up));
                    return;
                }
                Err(reason) => reason,
            };
            let diagnosis = shared.address.diagnosis().await;
            shared.state.send_replace(State::Down(format!("{reason} ({diagnosis})")));
            self.pause = longer(self.pause);
        }
    }

    /// `Err` says what stood in the way.
    async fn attempt(&mut self, shared: &Shared) -> Result<Arc<Node>, String> {
        if let Some(node) = self.kept.take() {
            match node.answers(KEPT_TIMEOUT.min(shared.attempt)).await {
                Ok(head) => return Ok(seen(node, head, shared)),
                Err(Silence::Refused(reason)) => {
                    self.kept = Some(node);
                    return Err(reason);
                }
                Err(Silence::Dead(_) | Silence::Hung(_)) => {}
            }
        }
        let node = match self.first.take() {
            Some(node) => node,
            None => shared.address.client().await.map_err(|error| error.to_string())?,
        };
        match node.answers(shared.attempt).await {
            Ok(head) => Ok(seen(Arc::new(node), head, shared)),
            Err(silence) => Err(silence.reason()),
        }
    }
}

/// `node`, which has answered that `head` is the last fact.
fn seen(node: Arc<Node>, head: Option<Position>, shared: &Shared) -> Arc<Node> {
    if let Some(head) = head {
        shared.known.see(head);
    }
    node
}

fn longer(pause: Duration) -> Duration {
    (pause * 2).clamp(PAUSE_MIN, PAUSE_MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{PAUSE_MAX, longer};

    #[test]
    fn search_is_never_put_off_so_long_that_appends_cannot_go_on_within_two_seconds() {
        let mut pause = Duration::ZERO;
        for _ in 0..20 {
            pause = longer(pause);
            assert!(pause <= PAUSE_MAX);
        }
        // One search is under way when a node begins to lead and finds nobody, the next one finds
        // it: between them lies one pause, and each takes a few round trips.
        assert!(2 * PAUSE_MAX < Duration::from_secs(2));
    }
}
