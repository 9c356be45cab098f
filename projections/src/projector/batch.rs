//! What is applied in one transaction.

use eventlog::Fact as Stored;
use schema::Fact;
use tracing::error;

use crate::{completeness::Tally, models::Rows};

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
        let position = step.stored.position.0;
        if !rows.apply(position, fact) {
            batches.push(&steps[start..index]);
            (start, rows) = (index, Rows::default());
            rows.apply(position, fact);
        }
    }
    batches.push(&steps[start..]);
    batches
}

impl<'a> Batch<'a> {
    /// All of `steps`, without those that cannot be read; `None` when there are none.
    pub(super) fn of(steps: &'a [Step]) -> Option<Self> {
        let mut rows = Rows::default();
        for step in steps {
            match &step.fact {
                Ok(fact) => {
                    rows.apply(step.stored.position.0, fact);
                }
                Err(reason) => leave_out(&mut rows, &step.stored, reason),
            }
        }
        Some(Self { rows, last: steps.last()? })
    }

    /// `step` alone, whose rows Postgres refuses.
    pub(super) fn without(step: &'a Step, reason: &str) -> Self {
        let mut rows = Rows::default();
        leave_out(&mut rows, &step.stored, reason);
        Self { rows, last: step }
    }
}

/// It stands in the log all the same; what follows must not wait for it.
fn leave_out(rows: &mut Rows, stored: &Stored, reason: &str) {
    rows.leave_out(stored, reason);
    let (stream, position) = (&stored.stream, stored.position.0);
    error!(error = reason, stream, position, "a fact cannot be applied");
}
