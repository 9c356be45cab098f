//! Reading so many facts of the whole log.

use std::sync::Arc;

use super::{
    super::status,
    PAGE,
    course::Course,
    filter::Filter,
    form::Form,
    output::{Answers, End, Output},
    question::{Direction, From},
};
use crate::server::log::Log;

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
    let Wanted { from, count, direction, filter, form } = wanted;
    // Forwards `begin` is the position before the first fact, backwards the one after it.
    let begin = match (direction, from) {
        (Direction::Forwards | Direction::Backwards, From::Start) => 0,
        (Direction::Forwards, From::End) => head,
        (Direction::Forwards, From::At(position)) => position.saturating_sub(1).min(head),
        (Direction::Backwards, From::End) => head + 1,
        (Direction::Backwards, From::At(position)) => position.min(head + 1),
    };
    let mut course = Course::new(begin, filter, form);
    course.wanted = count;
    let on = Arc::clone(&log);
    Answers::paged(&on, Vec::new(), |output| async move {
        match direction {
            Direction::Forwards => forwards(log, course, head, output).await,
            Direction::Backwards => backwards(log, course, output).await,
        }
    })
}

async fn forwards(log: Arc<Log>, mut course: Course, head: u64, output: Output) -> Result<(), End> {
    while course.position < head && course.wanted > 0 {
        output.room(&log).await?;
        if course.is_plain() {
            let output = output.clone();
            let read = log.readers.read_durable(move |file| {
                course.read(file, head, &output)?;
                Ok(course)
            });
            course = read.await.map_err(|error| status::storage(&error))?;
            continue;
        }
        let position = course.position;
        let limit = usize::try_from(head - position).unwrap_or(PAGE).min(PAGE);
        let facts =
            log.readers.read_durable(move |file| file.forwards(position, head, limit)).await;
        let facts = facts.map_err(|error| status::storage(&error))?;
        let page = course.take(&log, facts).await?;
        course.form.deliver(&log, &output, page).await?;
    }
    Ok(())
}

async fn backwards(log: Arc<Log>, mut course: Course, output: Output) -> Result<(), End> {
    while course.position > 1 && course.wanted > 0 {
        output.room(&log).await?;
        let position = course.position;
        let facts = log.readers.read_durable(move |file| file.backwards(position, PAGE)).await;
        let facts = facts.map_err(|error| status::storage(&error))?;
        let page = course.take(&log, facts).await?;
        course.form.deliver(&log, &output, page).await?;
    }
    Ok(())
}
