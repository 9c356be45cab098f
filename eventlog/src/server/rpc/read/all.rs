//! Reading so many facts of the whole log.

use std::sync::Arc;

use super::{
    super::status,
    PAGE,
    filter::{Filter, judged},
    form::Form,
    output::{Answers, End, Output},
    question::{Direction, From},
    view::shown_in_all,
};
use crate::server::{fact::Fact, log::Log, wire::Answer};

/// What is asked.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) from: From,
    pub(super) count: u64,
    pub(super) direction: Direction,
    pub(super) filter: Option<Filter>,
    pub(super) form: Form,
}

/// Answer it. The read ends where the log ends now.
pub(super) fn read(log: Arc<Log>, wanted: Wanted) -> Answers {
    let head = log.tail.head();
    // Forwards `begin` is the position before the first fact, backwards the one after it.
    let begin = match (wanted.direction, wanted.from) {
        (Direction::Forwards | Direction::Backwards, From::Start) => 0,
        (Direction::Forwards, From::End) => head,
        (Direction::Forwards, From::At(position)) => position.saturating_sub(1).min(head),
        (Direction::Backwards, From::End) => head + 1,
        (Direction::Backwards, From::At(position)) => position.min(head + 1),
    };
    let on = Arc::clone(&log);
    Answers::paged(&on, Vec::new(), |output| async move {
        match wanted.direction {
            Direction::Forwards => forwards(log, wanted, begin, head, output).await,
            Direction::Backwards => backwards(log, wanted, begin, output).await,
        }
    })
}

async fn forwards(
    log: Arc<Log>,
    mut wanted: Wanted,
    mut position: u64,
    head: u64,
    output: Output,
) -> Result<(), End> {
    while position < head && wanted.count > 0 {
        output.room(&log).await?;
        let limit = usize::try_from(head - position).unwrap_or(PAGE).min(PAGE);
        let facts = log.readers.read(move |file| file.forwards(position, head, limit)).await;
        let facts = facts.map_err(|error| status::storage(&error))?;
        position = facts.last().map_or(head, |fact| fact.position);
        let page = wanted.take(&log, facts).await?;
        wanted.form.deliver(&log, &output, page).await?;
    }
    Ok(())
}

async fn backwards(
    log: Arc<Log>,
    mut wanted: Wanted,
    mut position: u64,
    output: Output,
) -> Result<(), End> {
    while position > 1 && wanted.count > 0 {
        output.room(&log).await?;
        let facts = log.readers.read(move |file| file.backwards(position, PAGE)).await;
        let facts = facts.map_err(|error| status::storage(&error))?;
        position = facts.last().map_or(0, |fact| fact.position);
        let page = wanted.take(&log, facts).await?;
        wanted.form.deliver(&log, &output, page).await?;
    }
    Ok(())
}

impl Wanted {
    /// Those of `facts` that are still wanted.
    async fn take(&mut self, log: &Log, facts: Vec<Fact>) -> Result<Vec<Answer>, End> {
        let judged = judged(self.filter.as_ref(), log, facts).await?;
        let wanted = judged.into_iter().filter(|(fact, wanted)| *wanted && shown_in_all(fact));
        let count = usize::try_from(self.count).unwrap_or(usize::MAX);
        let page: Vec<_> = wanted.take(count).map(|(fact, _)| self.form.plain(fact)).collect();
        self.count -= page.len() as u64;
        Ok(page)
    }
}
