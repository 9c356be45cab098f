//! Hearing what the log brings about sessions and accounts.
//!
//! The subscription is quick; that nothing was missed is proven by reading, a moment later, whatever
//! stands between the last proof and the end of the log. A subscription that hangs is found out by
//! that, and a log that cannot be read proves nothing.

use std::{convert::Infallible, time::Duration};

use eventlog::{Direction, Fact, Filter, Position, ReadError, Signal};
use futures::StreamExt;
use projections::{Chain, Panicked, or_panicked};
use schema::{
    StreamName,
    caps::{LOG_PAGE, SESSION_PROOF_EVERY},
};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::Sessions;
use crate::clock;

/// Pause before a subscription that has ended is made again.
const RETRY: Duration = Duration::from_millis(500);

impl Sessions {
    /// Hears what comes until `shutdown`, through any outage of the log.
    pub async fn run(self, shutdown: CancellationToken) {
        let work = Box::pin(async {
            loop {
                // From the start: what was heard before is heard once more, and nothing is missed.
                let both = async { Ok(tokio::join!(self.listen(), self.prove())) };
                let Err(Panicked) = or_panicked(both).await;
                error!("sessions are followed anew: it panicked");
                sleep(RETRY).await;
            }
        });
        shutdown.run_until_cancelled(work).await;
    }

    async fn listen(&self) -> Infallible {
        let mut last = self.from;
        loop {
            let mut signals = self.log.subscribe_all(filter(), last);
            while let Some(signal) = signals.next().await {
                match signal {
                    Signal::Fact(fact) => {
                        self.hear(&fact);
                        measure(&fact);
                        last = Some(fact.position);
                    }
                    Signal::Checkpoint(_) | Signal::CaughtUp => {}
                    Signal::Lost(reason) => warn!(reason, "sessions are unheard"),
                }
            }
            sleep(RETRY).await;
        }
    }

    async fn prove(&self) -> Infallible {
        let mut proven = self.from;
        let mut failing = false;
        loop {
            let asked = Instant::now();
            match self.catch_up(proven).await {
                Ok(head) => {
                    self.contact.proven(asked);
                    proven = head;
                    if failing {
                        info!("sessions can be told again");
                    }
                    failing = false;
                }
                Err(_) if failing => {}
                Err(error) => {
                    failing = true;
                    warn!(error = %Chain(&error), "whether sessions live cannot be told");
                }
            }
            sleep(SESSION_PROOF_EVERY).await;
        }
    }

    /// Takes note of everything between `proven` and the end of the log, which it tells.
    async fn catch_up(&self, proven: Option<Position>) -> Result<Option<Position>, ReadError> {
        let head = self.log.head().await?;
        let mut read = proven;
        while read < head {
            let page = self.log.read_all(filter(), read, Direction::Forwards, LOG_PAGE).await?;
            for fact in page.iter().filter(|fact| Some(fact.position) > read) {
                self.hear(fact);
            }
            let full = page.len() == LOG_PAGE;
            read = page.last().filter(|_| full).map_or(head, |fact| Some(fact.position));
        }
        Ok(read.max(head))
    }

    fn hear(&self, fact: &Fact) {
        if let Some(session) = StreamName::parse_session(&fact.stream) {
            self.cache().touch_session(session);
        } else if let Some(key) = StreamName::parse_api_key(&fact.stream) {
            self.cache().touch_key(key);
        } else if let Some(StreamName::User(user)) = StreamName::parse_owner(&fact.stream) {
            self.commands.forget_if_erased(user, fact);
            self.cache().touch_user(user);
        }
    }
}

/// Whatever may end a session stands in its own stream or in that of its account, and what ends a
/// key in the key's.
fn filter() -> Filter {
    let prefixes = ["user-", "session-", "apikey-"];
    Filter::StreamPrefixes(prefixes.map(str::to_owned).to_vec())
}

/// How long after the log took `fact` it is known here, as far as the clocks of both agree.
fn measure(fact: &Fact) {
    let took = (clock::now() - fact.created).to_std().unwrap_or_default();
    metrics::histogram!("registre_session_heard_seconds").record(took);
}
