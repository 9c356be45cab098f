//! Going along the whole log, fact by fact.
//!
//! Facts whose fate shows at a glance are judged and put on the wire where they are read, straight
//! from their rows. Only where a pattern is to be tried, or links are to be followed, are they taken
//! along first.

use std::ops::ControlFlow;

use super::{
    PAGE, PAGE_BYTES, PAGES,
    filter::{Filter, judged},
    form::Form,
    output::Output,
    view::shown_in_all,
};
use crate::server::{
    fact::{Fact, FactRef},
    log::Log,
    storage::{Snapshot, StorageError},
    wire::{Answer, Messages, NoticeContent},
};

/// How far somebody has come along the log, and what of it they want to see.
#[derive(Debug)]
pub(super) struct Course {
    /// Everything up to here is done with.
    pub(super) position: u64,
    pub(super) filter: Option<Filter>,
    pub(super) form: Form,
    /// How many facts are still wanted.
    pub(super) wanted: u64,
    /// Whether checkpoints are said.
    pub(super) checkpoints: bool,
    /// How many facts were considered since the last checkpoint.
    considered: u64,
    /// The last fact considered since the last checkpoint.
    last: Option<u64>,
}

/// What is said about a fact.
struct Step {
    /// Whether it is brought.
    brought: bool,
    /// Whether a checkpoint comes after it.
    checkpoint: bool,
}

impl Course {
    pub(super) fn new(position: u64, filter: Option<Filter>, form: Form) -> Self {
        Self {
            position,
            filter,
            form,
            wanted: u64::MAX,
            checkpoints: false,
            considered: 0,
            last: None,
        }
    }

    /// Whether what it brings can be told from a fact alone, at a glance.
    pub(super) fn is_plain(&self) -> bool {
        !self.form.links && self.filter.as_ref().is_none_or(Filter::is_plain)
    }

    /// Pass a fact that is `wanted`, as far as the filter goes.
    fn pass(&mut self, fact: &FactRef<'_>, wanted: bool) -> Step {
        self.position = fact.place.position;
        if !shown_in_all(fact) {
            return Step { brought: false, checkpoint: false };
        }
        self.wanted -= u64::from(wanted);
        let mut checkpoint = false;
        if let (true, Some(filter)) = (self.checkpoints, &self.filter) {
            self.considered += 1;
            self.last = Some(self.position);
            checkpoint = self.considered == filter.checkpoint_every;
            if checkpoint {
                self.considered = 0;
                self.last = None;
            }
        }
        Step { brought: wanted, checkpoint }
    }

    /// The last fact that was considered, if that was not said yet. From here on counting begins
    /// anew.
    pub(super) fn take_last(&mut self) -> Option<u64> {
        self.considered = 0;
        self.last.take()
    }

    /// Pages of what stands in `file` up to `head`, as many as `output` takes. There is room for one
    /// of them, and the course is [plain](Self::is_plain).
    pub(super) fn read(
        &mut self,
        file: &Snapshot<'_>,
        head: u64,
        output: &Output,
    ) -> Result<(), StorageError> {
        for _ in 0..PAGES {
            let page = self.page(file, head)?;
            if !output.put(page) || self.is_over(head) {
                break;
            }
        }
        Ok(())
    }

    fn page(&mut self, file: &Snapshot<'_>, head: u64) -> Result<Messages, StorageError> {
        let mut page = Messages::with_capacity(PAGE_BYTES + PAGE_BYTES / 8);
        let mut left = PAGE;
        file.visit_forwards(self.position, head, |fact| {
            self.pass_plain(fact, &mut page);
            left -= 1;
            if left == 0 || page.size() >= PAGE_BYTES || self.is_over(head) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        Ok(page)
    }

    fn is_over(&self, head: u64) -> bool {
        self.position >= head || self.wanted == 0
    }

    fn pass_plain(&mut self, fact: FactRef<'_>, page: &mut Messages) {
        let wanted = self.filter.as_ref().is_none_or(|filter| filter.glance(&fact) == Some(true));
        let step = self.pass(&fact, wanted);
        if step.brought {
            page.fact(fact, self.form.ids);
        }
        if step.checkpoint {
            page.notice(checkpoint(self.position));
        }
    }

    /// What is to be brought of `facts`, which come next, and the checkpoints between them.
    pub(super) async fn take(
        &mut self,
        log: &Log,
        facts: Vec<Fact>,
    ) -> Result<Vec<Answer>, tonic::Status> {
        let mut page = Vec::with_capacity(facts.len());
        for (fact, wanted) in judged(self.filter.as_ref(), log, facts).await? {
            if self.wanted == 0 {
                break;
            }
            let step = self.pass(&fact.view(), wanted);
            if step.brought {
                page.push(self.form.plain(fact));
            }
            if step.checkpoint {
                page.push(checkpoint(self.position).into());
            }
        }
        Ok(page)
    }
}

/// Nothing that is wanted stands before `position` that was not brought.
pub(super) fn checkpoint(position: u64) -> NoticeContent {
    NoticeContent::Checkpoint(position.into())
}
