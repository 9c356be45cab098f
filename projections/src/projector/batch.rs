//! What is applied in one transaction.

use eventlog::Fact as Stored;
use schema::Fact;

use crate::{
    completeness::Tally,
    models::{Place, Rows},
};

/// A fact on its way into the rows.
#[derive(Debug)]
pub(crate) struct Step {
    pub(super) stored: Stored,
    /// What it says; or why this version cannot tell.
    pub(super) fact: Result<Fact, String>,
    /// Of everything up to it, itself included.
    pub(super) tally: Tally,
}

/// Facts that go together: the last of them is where the read models then stand.
#[derive(Debug)]
pub(super) struct Batch<'a> {
    pub(super) rows: Rows,
    pub(super) last: &'a Step,
}

/// Cuts `steps` where a batch would supersede one row twice.
pub(super) fn cut(steps: &[Step]) -> Vec<&[Step]> {
    let (mut batches, mut start, mut rows) = (Vec::new(), 0, Rows::default());
    for (index, step) in steps.iter().enumerate() {
        let Ok(fact) = &step.fact else { continue };
        let place = Place::of(&step.stored);
        if !rows.apply(place, fact) {
            batches.push(&steps[start..index]);
            (start, rows) = (index, Rows::default());
            rows.apply(place, fact);
        }
    }
    batches.push(&steps[start..]);
    batches
}

impl<'a> Batch<'a> {
    /// All of `steps`, those left out that cannot be read or have to wait; `None` when there are none.
    pub(super) fn of(steps: &'a [Step]) -> Option<Self> {
        let mut rows = Rows::default();
        for step in steps {
            match &step.fact {
                Ok(fact) => {
                    rows.apply(Place::of(&step.stored), fact);
                }
                Err(reason) => rows.leave_out(&step.stored, reason),
            }
        }
        Some(Self { rows, last: steps.last()? })
    }

    /// `step` alone, whose rows Postgres refuses.
    pub(super) fn without(step: &'a Step, reason: &str) -> Self {
        let mut rows = Rows::default();
        rows.leave_out(&step.stored, reason);
        Self { rows, last: step }
    }
}
