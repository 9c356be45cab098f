//! Creating many, in lots. What fails is counted, and the rest goes on.

use std::pin::pin;

use futures::{Stream, StreamExt, stream};
use serde_json::Value;

use super::screen::{Screen, say};
use crate::arguments::Course;

/// What is created, in words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    /// Before the lines about lots.
    pub(super) sign: &'static str,
    /// Many of them.
    pub(super) plural: &'static str,
    /// After "Erreur pour".
    pub(super) one: &'static str,
}

/// Something that was created.
pub(super) struct Made {
    /// The answer of the API.
    pub(super) object: Value,
    /// In words.
    pub(super) shown: String,
}

/// What became of it all.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// The answers of the API.
    pub(super) objects: Vec<Value>,
    /// In words.
    pub(super) shown: Vec<String>,
    /// How often something was refused because it was there already.
    pub(super) taken: usize,
    wanted: usize,
}

impl Outcome {
    /// How many percent of what was wanted there are now.
    pub(super) fn rate(&self) -> f64 {
        if self.wanted == 0 {
            return 0.0;
        }
        // Both are at most thousands.
        let share = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        100.0 * share(self.objects.len()) / share(self.wanted)
    }

    pub(super) fn created(&self) -> usize {
        self.objects.len()
    }

    /// The first `most` of them, numbered.
    pub(super) fn preview(&self, most: usize) {
        for (index, shown) in self.shown.iter().take(most).enumerate() {
            say(format!("   {}. {shown}", index + 1));
        }
    }

    /// What a preview of `most` leaves out.
    pub(super) fn left_out(&self, most: usize) -> Option<usize> {
        self.shown.len().checked_sub(most).filter(|left| *left > 0)
    }
}

/// Creates `count` of `kind`, `one` by one or several at once, as `course` says.
pub(super) async fn create<F>(
    count: usize,
    kind: Kind,
    course: &Course,
    one: impl Fn(usize) -> F,
) -> Outcome
where
    F: Future<Output = Result<Made, String>>,
{
    let screen = Screen::new(count, kind.plural);
    let mut outcome = Outcome { wanted: count, ..Outcome::default() };
    let size = usize::from(course.batch_size);
    for (lot, first) in (0..count).step_by(size).enumerate() {
        if lot > 0 {
            tokio::time::sleep(course.delay).await;
        }
        let past = (first + size).min(count);
        let Kind { sign, plural, .. } = kind;
        screen.step(&format!("{sign} Création du lot {}: {plural} {}-{past}", lot + 1, first + 1));
        let made = stream::iter(first..past).map(&one).buffered(course.concurrency.into());
        outcome.take(made, first, kind, &screen).await;
    }
    outcome
}

impl Outcome {
    async fn take(
        &mut self,
        made: impl Stream<Item = Result<Made, String>>,
        first: usize,
        kind: Kind,
        screen: &Screen,
    ) {
        let mut made = pin!(made.enumerate());
        while let Some((index, made)) = made.next().await {
            match made {
                Ok(Made { object, shown }) => {
                    screen.created(&format!("   ✅ {shown}"));
                    self.objects.push(object);
                    self.shown.push(shown);
                }
                Err(reason) => {
                    let number = first + index + 1;
                    screen.failed(&format!("   ❌ Erreur pour {} {number}: {reason}", kind.one));
                }
            }
        }
    }
}
