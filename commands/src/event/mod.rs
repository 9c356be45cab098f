//! Calendar events: the state that the rules look at, and one file per command.

use chrono::{DateTime, Utc};
use schema::{EventFact, Fact};

mod create_event;

pub use create_event::{CreateEvent, CreateEventRejected, Created};

use crate::{State, claims::Holdings};

/// What the rules need to know about a calendar event.
#[derive(Debug, Default)]
pub(crate) struct Event {
    pub(crate) holdings: Holdings,
    /// When it was created.
    created: Option<DateTime<Utc>>,
}

impl State for Event {
    fn evolve(&mut self, revision: u64, fact: &Fact) {
        self.holdings.evolve(revision, fact);
        let Fact::Event(fact) = fact else { return };
        match fact {
            EventFact::EventCreated(fact) => self.created = Some(fact.at),
        }
    }
}
