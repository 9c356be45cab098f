//! The pure core that every command shares.

use chrono::{DateTime, Utc};
use schema::Fact;

/// What a stream amounts to, as far as the rules care.
pub trait State: Default {
    /// Takes the fact at `revision` into account. Cannot fail: it has already happened.
    fn evolve(&mut self, revision: u64, fact: &Fact);

    /// The revision of the last fact that changed what others see, where not every fact does.
    fn shown_since(&self) -> Option<u64> {
        None
    }
}

/// A rule: what a request does to a stream.
pub(crate) trait Decide {
    /// The state it is decided against.
    type State: State;
    /// Why it may be refused. Business reasons only.
    type Rejected;

    /// Applies the rule. No facts means that there is nothing to do.
    fn decide(&self, state: &Self::State, at: DateTime<Utc>) -> Result<Vec<Fact>, Self::Rejected>;
}
