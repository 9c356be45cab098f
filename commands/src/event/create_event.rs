//! Create a calendar event.

use chrono::{DateTime, Utc};
use eventlog::{AppendError, Position};
use schema::{
    ClaimHash, EventCreated, EventDate, EventId, Fact, IdKind, Line, StreamName, UserId,
    caps::DECIDE_ATTEMPTS_MAX,
};
use unicode_normalization::UnicodeNormalization;

use super::Event;
use crate::{
    Commands, ExecuteError, LogFailure, Request,
    claims::{Claim, Taken},
    decision::Decide,
    handler::Loaded,
};

/// Announce something that takes place.
#[derive(Clone, Debug)]
pub struct CreateEvent {
    /// Who organises it.
    pub organizer: UserId,
    /// Unique among all events, byte for byte after NFC.
    pub title: Line,
    /// In the organiser's words.
    pub description: Line,
    /// When.
    pub date: EventDate,
    /// Where.
    pub location: Line,
}

/// Why [`CreateEvent`] is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreateEventRejected {
    /// Another event has the title.
    #[error("title is taken")]
    TitleTaken,
}

/// A new calendar event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// Which.
    pub event: EventId,
    /// Since when.
    pub at: DateTime<Utc>,
    /// Its revision.
    pub revision: u64,
    /// Where in the log.
    pub position: Position,
}

/// The command, with what had to be made for it.
struct Announcement<'a> {
    event: EventId,
    claim: &'a ClaimHash,
    command: &'a CreateEvent,
}

impl Decide for Announcement<'_> {
    type State = Event;
    type Rejected = CreateEventRejected;

    fn decide(&self, event: &Event, at: DateTime<Utc>) -> Result<Vec<Fact>, CreateEventRejected> {
        if event.created.is_some() {
            return Ok(Vec::new());
        }
        let created = EventCreated {
            event: self.event,
            organizer: self.command.organizer,
            title_claim: self.claim.clone(),
            title: self.command.title.as_str().to_owned(),
            description: self.command.description.as_str().to_owned(),
            date: self.command.date.as_str().to_owned(),
            date_utc: self.command.date.instant(),
            location: self.command.location.as_str().to_owned(),
            at,
        };
        Ok(vec![created.into()])
    }
}

impl Commands {
    /// Runs [`CreateEvent`].
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn create_event(
        &self,
        command: &CreateEvent,
        request: &Request,
    ) -> Result<Created, ExecuteError<CreateEventRejected>> {
        let event = EventId(self.id_for(IdKind::Event, request).await?);
        let title: String = command.title.as_str().nfc().collect();
        let hash = self.vault.claim("title", &title);
        let claim = Claim { stream: StreamName::TitleClaim(hash.clone()), hash };
        let stream = StreamName::Event(event);
        let mut loaded = Loaded::<Event>::default();
        if request.kept.is_some() {
            loaded = self.load_sealed_for(&stream, request).await?;
        }
        for _ in 0..DECIDE_ATTEMPTS_MAX {
            if let Some(created) = created_before(event, &loaded) {
                return Ok(created);
            }
            let voided = loaded.state.holdings.voided(&claim.hash);
            self.take_claim(&claim, &stream, voided, request).await.map_err(refusal)?;
            self.has_claimed().await;
            let facts = Announcement { event, claim: &claim.hash, command }
                .decide(&loaded.state, request.at)
                .map_err(ExecuteError::Rejected)?;
            let revision = loaded.revision.map_or(0, |revision| revision.0 + 1);
            match self.settle(&stream, &loaded, facts, request).await {
                Ok(position) => {
                    return Ok(Created { event, at: request.at, revision, position });
                }
                Err(LogFailure::Append(AppendError::WrongRevision { .. })) => {
                    loaded = self.load_sealed_for(&stream, request).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(ExecuteError::Contended)
    }
}

/// The event that this very request has created before.
fn created_before(event: EventId, loaded: &Loaded<Event>) -> Option<Created> {
    let at = loaded.state.created.filter(|_| loaded.done)?;
    Some(Created { event, at, revision: loaded.revision?.0, position: loaded.position? })
}

fn refusal(error: ExecuteError<Taken>) -> ExecuteError<CreateEventRejected> {
    error.map_rejected(|Taken| CreateEventRejected::TitleTaken)
}

#[cfg(test)]
mod tests {
    use schema::{EventDate, EventId};

    use super::{Announcement, CreateEvent};
    use crate::testing::{ADA, claim, fete_created, given, line, voided};

    fn announcement() -> Announcement<'static> {
        let command = CreateEvent {
            organizer: ADA,
            title: line("Fête"),
            description: line("Dans la rue"),
            date: EventDate::parse("2030-06-21T18:00:00").unwrap(),
            location: line("Lyon"),
        };
        Announcement {
            event: EventId(3),
            claim: Box::leak(Box::new(claim())),
            command: Box::leak(Box::new(command)),
        }
    }

    #[test]
    fn an_event_is_created() {
        given([]).when(&announcement()).then([fete_created()]);
    }

    #[test]
    fn repeating_does_nothing() {
        given([fete_created()]).when(&announcement()).then([]);
    }

    #[test]
    fn a_voided_claim_does_not_make_an_event() {
        given([voided()]).when(&announcement()).then([fete_created()]);
    }
}
