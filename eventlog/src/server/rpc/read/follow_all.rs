//! Following the whole log.

use std::sync::Arc;

use super::{
    super::status,
    PAGE,
    course::{Course, checkpoint},
    filter::Filter,
    form::Form,
    output::{Answers, End, Output},
    question::From,
};
use crate::server::{
    chance,
    log::Log,
    storage::Snapshot,
    tail::Next,
    wire::{Answer, Confirmation, Empty, NoticeContent},
};

/// Follow `log` from after `from`.
pub(super) fn follow(log: Arc<Log>, from: From, filter: Option<Filter>, form: Form) -> Answers {
    let position = match from {
        From::Start => 0,
        From::End => log.tail.head(),
        From::At(position) => position,
    };
    let mut course = Course::new(position, filter, form);
    course.checkpoints = true;
    let on = Arc::clone(&log);
    let follower = Follower { log, course, live: false };
    Answers::paged(&on, vec![confirmation()], |output| follower.run(output))
}

/// What every subscription begins with.
pub(super) fn confirmation() -> Answer {
    let subscription_id = chance::new_id().to_string();
    NoticeContent::Confirmation(Confirmation { subscription_id }).into()
}

struct Follower {
    log: Arc<Log>,
    course: Course,
    live: bool,
}

impl Follower {
    async fn run(mut self, output: Output) -> Result<(), End> {
        let log = Arc::clone(&self.log);
        let mut head = log.tail.follow();
        loop {
            let facts = match log.tail.after(self.course.position, PAGE) {
                Next::Facts(facts) => facts,
                Next::Older => {
                    self.live = false;
                    output.room(&log).await?;
                    let (position, head) = (self.course.position, log.tail.head());
                    if self.course.is_plain() {
                        self = self.catch_up(head, &output).await?;
                        continue;
                    }
                    let limit = usize::try_from(head - position).unwrap_or(PAGE).min(PAGE);
                    let facts = move |file: &Snapshot<'_>| file.forwards(position, head, limit);
                    let read = log.readers.read_durable(facts);
                    read.await.map_err(|error| status::storage(&error))?
                }
                Next::Nothing => {
                    output.send(&log, self.caught_up()).await?;
                    output.wait(&log, &mut head).await?;
                    continue;
                }
            };
            let page = self.course.take(&log, facts).await?;
            self.course.form.deliver(&log, &output, page).await?;
        }
    }

    /// Bring what stands in the file up to `head`.
    async fn catch_up(mut self, head: u64, output: &Output) -> Result<Self, End> {
        let (log, output) = (Arc::clone(&self.log), output.clone());
        let read = log.readers.read_durable(move |file| {
            self.course.read(file, head, &output)?;
            Ok(self)
        });
        Ok(read.await.map_err(|error| status::storage(&error))?)
    }

    /// What is said at the end of the log.
    fn caught_up(&mut self) -> Vec<Answer> {
        if self.live {
            return Vec::new();
        }
        self.live = true;
        let checkpoint = self.course.take_last().map(|last| checkpoint(last).into());
        checkpoint.into_iter().chain([NoticeContent::CaughtUp(Empty {}).into()]).collect()
    }
}
