//! Whether the bell leaves something out.
//!
//! A relay whose own link to the log hangs does not know it for a while: it goes on beating, and
//! rings for nothing new. So a gateway that goes by the bell looks into the log every now and then.

use eventlog::{Direction, EventLog, Position, ReadError};
use projections::Chain;
use schema::caps::BELL_CHECK_EVERY;
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};
use tracing::debug;

use super::framer::Framer;

/// Looks into the log beside the bell.
pub(super) struct Lookout {
    log: EventLog,
    /// Up to where the bell has brought everything, as it says.
    told: watch::Receiver<Option<Position>>,
    /// Up to where the log holds nothing that was not told.
    clear: Option<Position>,
}

impl Lookout {
    pub(super) fn new(log: EventLog, told: watch::Receiver<Option<Position>>) -> Self {
        Self { log, told, clear: None }
    }

    /// Waits until the log holds what should have been rung for a round ago, and was not.
    pub(super) async fn missed(mut self) {
        let mut rounds = interval(BELL_CHECK_EVERY);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut due = None;
        loop {
            rounds.tick().await;
            let told = *self.told.borrow();
            if due > told {
                debug!("the bell leaves something out");
                return;
            }
            match self.look(told).await {
                Ok(found) => due = found,
                // Nothing is brought from a log that does not answer, by whatever way.
                Err(error) => debug!(error = %Chain(&error), "the bell cannot be checked"),
            }
        }
    }

    /// The first fact after `told` that the bell has yet to ring for.
    async fn look(&mut self, told: Option<Position>) -> Result<Option<Position>, ReadError> {
        let from = told.max(self.clear);
        let head = self.log.head().await?;
        if head <= from {
            return Ok(None);
        }
        // A read from a position may bring the fact at that position.
        let page = self.log.read_all(Framer::filter(), from, Direction::Forwards, 2).await?;
        let due = page.iter().map(|fact| fact.position).find(|&position| Some(position) > from);
        if due.is_none() {
            self.clear = head;
        }
        Ok(due)
    }
}
