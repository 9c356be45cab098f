//! How far the read models are behind the log.

use chrono::TimeDelta;
use eventlog::{Direction, EventLog, Filter, Position, ReadError};
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
    /// Counts what comes after `place`, of what `filter` lets through.
    pub(crate) async fn after(
        log: &EventLog,
        filter: Filter,
        place: u64,
    ) -> Result<Self, ReadError> {
        let from = (place > 0).then_some(Position(place));
        let page = log.read_all(filter, from, Direction::Forwards, LOG_PAGE).await?;
        let mut waiting = page.iter().filter(|fact| from.is_none_or(|from| fact.position > from));
        let Some(oldest) = waiting.next() else { return Ok(Self::default()) };
        let since = (clock::now() - oldest.created).max(TimeDelta::zero());
        Ok(Self { facts: 1 + waiting.count(), since })
    }

    /// Whether nobody seems to be at work.
    pub(super) fn is_stalled(self) -> bool {
        self.since.to_std().is_ok_and(|since| since > PROJECTION_STALLED)
    }
}

/// Counts what comes after the place that the read models have reached; `None` where either cannot
/// be asked.
pub(super) async fn read(log: &EventLog, progress: &Progress) -> Option<Behind> {
    Behind::after(log, Filter::ExcludeSystem, progress.heard()?).await.ok()
}
