//! Following the whole log.

use std::sync::Arc;

use super::{
    super::status,
    PAGE,
    filter::Filter,
    form::Form,
    output::{Answers, End, Output},
    question::From,
    view::shown_in_all,
};
use crate::server::{
    chance,
    fact::Fact,
    log::Log,
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
    let follower = Follower { log, position, filter, form, considered: 0, last: None, live: false };
    Answers::paged(vec![confirmation()], |output| follower.run(output))
}

/// What every subscription begins with.
pub(super) fn confirmation() -> Answer {
    let subscription_id = chance::new_id().to_string();
    NoticeContent::Confirmation(Confirmation { subscription_id }).into()
}

struct Follower {
    log: Arc<Log>,
    /// Everything up to here is done with.
    position: u64,
    filter: Option<Filter>,
    form: Form,
    /// How many facts were considered since the last checkpoint.
    considered: u64,
    /// The last fact considered since the last checkpoint.
    last: Option<u64>,
    live: bool,
}

impl Follower {
    async fn run(mut self, output: Output) -> Result<(), End> {
        let log = Arc::clone(&self.log);
        let mut head = log.tail.follow();
        loop {
            let facts = match log.tail.after(self.position, PAGE) {
                Next::Facts(facts) => facts,
                Next::Older => {
                    self.live = false;
                    let (position, head) = (self.position, log.tail.head());
                    let read = log.readers.read(move |file| file.forwards(position, head, PAGE));
                    read.await.map_err(|error| status::storage(&error))?
                }
                Next::Nothing => {
                    output.send(&log, self.catch_up()).await?;
                    output.wait(&log, &mut head).await?;
                    continue;
                }
            };
            let Page { facts, checkpoints } = self.take(facts)?;
            let answers = self.form.live(&log, facts).await;
            let answers = answers.map_err(|error| status::storage(&error))?;
            output.send(&log, with_checkpoints(answers, checkpoints)).await?;
        }
    }

    /// What is said at the end of the log.
    fn catch_up(&mut self) -> Vec<Answer> {
        if self.live {
            return Vec::new();
        }
        self.live = true;
        self.considered = 0;
        let checkpoint = self.last.take().map(checkpoint);
        checkpoint.into_iter().chain([NoticeContent::CaughtUp(Empty {}).into()]).collect()
    }

    fn take(&mut self, facts: Vec<Fact>) -> Result<Page, End> {
        let mut page = Page { facts: Vec::with_capacity(facts.len()), checkpoints: Vec::new() };
        for fact in facts {
            let position = fact.position;
            self.position = position;
            if !shown_in_all(&fact) {
                continue;
            }
            let Some(filter) = &self.filter else {
                page.facts.push(fact);
                continue;
            };
            if filter.wants(&fact)? {
                page.facts.push(fact);
            }
            self.considered += 1;
            self.last = Some(position);
            if self.considered == filter.checkpoint_every {
                self.considered = 0;
                self.last = None;
                page.checkpoints.push((page.facts.len(), position));
            }
        }
        Ok(page)
    }
}

/// Facts, and the checkpoints between them.
struct Page {
    facts: Vec<Fact>,
    /// How many of the facts come before the checkpoint, and where it is.
    checkpoints: Vec<(usize, u64)>,
}

fn with_checkpoints(answers: Vec<Answer>, checkpoints: Vec<(usize, u64)>) -> Vec<Answer> {
    if checkpoints.is_empty() {
        return answers;
    }
    let mut woven = Vec::with_capacity(answers.len() + checkpoints.len());
    let mut answers = answers.into_iter();
    let mut taken = 0;
    for (before, position) in checkpoints {
        woven.extend(answers.by_ref().take(before - taken));
        woven.push(checkpoint(position));
        taken = before;
    }
    woven.extend(answers);
    woven
}

fn checkpoint(position: u64) -> Answer {
    NoticeContent::Checkpoint(position.into()).into()
}
