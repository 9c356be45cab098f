//! Facts that are read and not applied yet.
//!
//! A command prepares what it does: it claims, it reserves, it notes an attempt, each by a fact of a
//! stream that no row tells of. Nobody waits to read those. So they are not worth a transaction of
//! their own: what follows in a moment takes them along.

use std::{future::pending, mem};

use schema::{
    StreamName,
    caps::{PREPARATION_WAIT, PROJECTION_BATCH_MAX},
};
use tokio::time::{Instant, sleep_until};

use super::batch::Step;

/// In the order of the log.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    steps: Vec<Step>,
    /// When the first of them has waited for long enough.
    due: Option<Instant>,
    urgent: bool,
}

impl Waiting {
    pub(super) fn add(&mut self, steps: Vec<Step>) {
        self.urgent |= steps.iter().any(|step| is_told_of(&step.stored.stream));
        self.steps.extend(steps);
        if !self.steps.is_empty() {
            self.due.get_or_insert_with(|| Instant::now() + PREPARATION_WAIT);
        }
    }

    /// Whether somebody may wait for one of them, or they are many.
    pub(super) fn is_urgent(&self) -> bool {
        self.urgent || self.steps.len() >= PROJECTION_BATCH_MAX
    }

    /// Ends once they have waited for long enough; never while there are none.
    pub(super) async fn is_due(&self) {
        match self.due {
            Some(due) => sleep_until(due).await,
            None => pending().await,
        }
    }

    /// All of them, to be applied now.
    pub(super) fn take(&mut self) -> Vec<Step> {
        mem::take(self).steps
    }
}

/// Whether a row, or what stands in for one, tells of `stream`.
fn is_told_of(stream: &str) -> bool {
    StreamName::parse_row(stream).is_some()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use chrono::DateTime;
    use eventlog::{Fact, Position, Revision};
    use futures::FutureExt;
    use schema::caps::{PREPARATION_WAIT, PROJECTION_BATCH_MAX};
    use tokio::time::{advance, timeout};
    use uuid::Uuid;

    use super::{Step, Waiting};
    use crate::completeness::Tally;

    /// Facts of `streams`, in that order.
    fn steps(streams: &[&str]) -> Vec<Step> {
        let stored = |(position, stream): (u64, &&str)| Fact {
            stream: (*stream).to_owned(),
            revision: Revision(0),
            position: Position(position),
            id: Uuid::from_u128(u128::from(position)),
            kind: "thing-done.v1".to_owned(),
            data: Bytes::from_static(b"{}"),
            metadata: Bytes::new(),
            json: true,
            created: DateTime::UNIX_EPOCH,
        };
        let step = |place| Step {
            stored: stored(place),
            fact: Err("nobody asks".to_owned()),
            tally: Tally::default(),
        };
        (0..).zip(streams).map(step).collect()
    }

    #[test]
    fn what_only_prepares_goes_along_with_what_follows() {
        let mut waiting = Waiting::default();
        waiting.add(steps(&["claim-title-1", "ids-event", "attempts-1"]));
        assert!(!waiting.is_urgent());
        waiting.add(steps(&["event-1"]));
        assert!(waiting.is_urgent());
        assert_eq!(waiting.take().len(), 4);
        assert!(!waiting.is_urgent() && waiting.take().is_empty());
    }

    #[test]
    fn many_do_not_wait() {
        let mut waiting = Waiting::default();
        waiting.add(steps(&["claim-title-1"; PROJECTION_BATCH_MAX - 1]));
        assert!(!waiting.is_urgent());
        waiting.add(steps(&["claim-title-1"]));
        assert!(waiting.is_urgent());
    }

    #[tokio::test(start_paused = true)]
    async fn what_nothing_follows_waits_for_a_moment_from_the_first_on() {
        let mut waiting = Waiting::default();
        assert!(timeout(PREPARATION_WAIT * 2, waiting.is_due()).await.is_err());
        waiting.add(steps(&["claim-title-1"]));
        advance(PREPARATION_WAIT / 2).await;
        waiting.add(steps(&["claim-title-2"]));
        assert!(waiting.is_due().now_or_never().is_none());
        advance(PREPARATION_WAIT / 2).await;
        waiting.is_due().await;
        assert_eq!(waiting.take().len(), 2);
    }
}
