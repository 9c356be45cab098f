//! Facts about calendar events. They are public.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{ClaimHash, EventId, UserId};

/// Body of [`super::EventFact::EventCreated`], in `event-<id>`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventCreated {
    /// Which.
    pub event: EventId,
    /// Who organises it.
    pub organizer: UserId,
    /// The claim on the title that this event uses from here on.
    pub title_claim: ClaimHash,
    /// Unique among all events.
    pub title: String,
    /// In the organiser's words.
    pub description: String,
    /// When it takes place, as the organiser wrote it.
    pub date: String,
    /// The same as an instant; without an offset UTC was meant.
    pub date_utc: DateTime<Utc>,
    /// Where it takes place.
    pub location: String,
    /// When the command was accepted.
    pub at: DateTime<Utc>,
}
