//! Following the whole log.

use std::sync::Arc;

use super::{
    super::status,
    PAGE,
    filter::{Filter, judged},
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
    let on = Arc::clone(&log);
    let follower = Follower { log, position, filter, form, considered: 0, last: None, live: false };
    Answers::paged(&on, vec![confirmation()], |output| follower.run(output))
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
                    output.room(&log).await?;
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
            let page = self.take(facts).await?;
            self.form.deliver(&log, &output, page).await?;
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

    /// Those of `facts` that are wanted, and the checkpoints between them.
    async fn take(&mut self, facts: Vec<Fact>) -> Result<Vec<Answer>, End> {
        let mut page = Vec::with_capacity(facts.len());
        for (fact, wanted) in judged(self.filter.as_ref(), &self.log, facts).await? {
            let position = fact.position;
            self.position = position;
            if !shown_in_all(&fact) {
                continue;
            }
            if wanted {
                page.push(self.form.plain(fact));
            }
            let Some(filter) = &self.filter else { continue };
            self.considered += 1;
            self.last = Some(position);
            if self.considered == filter.checkpoint_every {
                self.considered = 0;
                self.last = None;
                page.push(checkpoint(position));
            }
        }
        Ok(page)
    }
}

fn checkpoint(position: u64) -> Answer {
    NoticeContent::Checkpoint(position.into()).into()
}
