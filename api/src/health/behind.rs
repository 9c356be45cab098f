//! How far the read models are behind the log.

use chrono::TimeDelta;
use eventlog::{Direction, EventLog, Filter, Position};
use projections::Progress;
use schema::caps::{LOG_PAGE, PROJECTION_STALLED};

use crate::clock;

/// What the log holds and the read models do not show yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Behind {
    /// How many facts; [`LOG_PAGE`] stands for that many and more.
    pub(crate) facts: usize,
    /// For how long the oldest of them has been waiting.
    pub(crate) since: TimeDelta,
}

impl Behind {
    /// Whether nobody seems to be at work.
    pub(super) fn is_stalled(self) -> bool {
        self.since.to_std().is_ok_and(|since| since > PROJECTION_STALLED)
    }
}

/// Counts what comes after the place that the read models have reached; `None` where either cannot
/// be asked.
pub(super) async fn read(log: &EventLog, progress: &Progress) -> Option<Behind> {
    let reached = Position(progress.heard()?);
    let from = (reached.0 > 0).then_some(reached);
    let page = log.read_all(Filter::ExcludeSystem, from, Direction::Forwards, LOG_PAGE).await;
    let page = page.ok()?;
    let mut waiting = page.iter().filter(|fact| from.is_none_or(|from| fact.position > from));
    let Some(oldest) = waiting.next() else { return Some(Behind::default()) };
    let since = (clock::now() - oldest.created).max(TimeDelta::zero());
    Some(Behind { facts: 1 + waiting.count(), since })
}
