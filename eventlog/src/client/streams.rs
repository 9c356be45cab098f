//! What is done to a stream as a whole.

use std::{num::NonZeroU64, time::Duration};

use eventstore::{DeleteStreamOptions, EventData, TombstoneStreamOptions};
use serde_json::{Map, Value};
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    AppendError, Appended, EventLog, ExpectedRevision, Position, Revision,
    append::{Append, answered, check_name},
    link::Repeat,
    wire,
};

/// Which facts of a stream can still be read. It takes the place of the whole earlier document.
///
/// The official client writes the age in milliseconds where the log reads seconds, so the document
/// is written here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamMetadata {
    /// Facts older than this cannot be read any more. In whole seconds, and at least one: what is
    /// left over is cut off.
    pub max_age: Option<Duration>,
    /// Only so many of the last facts can be read.
    pub max_count: Option<NonZeroU64>,
    /// Facts before this one cannot be read any more.
    pub truncate_before: Option<Revision>,
    /// What the log is told beyond that, by its stored name.
    pub other: Map<String, Value>,
}

impl EventLog {
    /// Replace the metadata of `stream`, if the metadata (not the stream) is as `expected`.
    ///
    /// # Errors
    ///
    /// See [`AppendError`].
    pub async fn set_stream_metadata(
        &self,
        stream: &str,
        expected: ExpectedRevision,
        document: &StreamMetadata,
    ) -> Result<Appended, AppendError> {
        check_name(stream)?;
        let stream = format!("$${stream}");
        let id = document.id(&stream, expected);
        let events = vec![document.event(id)];
        let ids = id.into_iter().collect();
        let append = Append { stream, expected, events, ids, bytes: 0 };
        self.append_checked(&append).await
    }

    /// Delete `stream`, if it is as `expected`. Its facts cannot be read any more, and new ones
    /// can be appended; revisions go on where they were.
    ///
    /// # Errors
    ///
    /// See [`AppendError`].
    pub async fn delete(
        &self,
        stream: &str,
        expected: ExpectedRevision,
    ) -> Result<Option<Position>, AppendError> {
        self.remove(stream, expected, Removal::Delete).await
    }

    /// Delete `stream` for good, if it is as `expected`: nothing can be appended to it ever again.
    ///
    /// # Errors
    ///
    /// See [`AppendError`].
    pub async fn tombstone(
        &self,
        stream: &str,
        expected: ExpectedRevision,
    ) -> Result<Option<Position>, AppendError> {
        self.remove(stream, expected, Removal::Tombstone).await
    }

    async fn remove(
        &self,
        stream: &str,
        expected: ExpectedRevision,
        removal: Removal,
    ) -> Result<Option<Position>, AppendError> {
        check_name(stream)?;
        let limits = self.limits();
        let removed = self.calls.call(limits, Repeat::Never, false, |node, _| async move {
            let within = limits.answer.saturating_duration_since(Instant::now());
            let state = wire::state(expected);
            let delete = DeleteStreamOptions::default().stream_state(state).deadline(within);
            let delete = node.signed(delete, DeleteStreamOptions::authenticated);
            let tombstone = TombstoneStreamOptions::default().stream_state(state).deadline(within);
            let tombstone = node.signed(tombstone, TombstoneStreamOptions::authenticated);
            answered(within, async {
                Ok(match removal {
                    Removal::Delete => node.delete_stream(stream, &delete).await?,
                    Removal::Tombstone => node.tombstone_stream(stream, &tombstone).await?,
                })
            })
            .await
        });
        let position = removed.await.map_err(|failure| failure.of_append(stream, expected))?;
        Ok(position.map(|position| Position(position.commit)))
    }
}

#[derive(Clone, Copy)]
enum Removal {
    Delete,
    Tombstone,
}

impl StreamMetadata {
    /// The stored form. Its keys are the log's own.
    fn document(&self) -> Value {
        let mut document = self.other.clone();
        let mut set = |key: &str, value: Option<u64>| {
            if let Some(value) = value {
                document.insert(key.to_owned(), value.into());
            }
        };
        set("$maxAge", self.max_age.map(|age| age.as_secs().max(1)));
        set("$maxCount", self.max_count.map(NonZeroU64::get));
        set("$tb", self.truncate_before.map(|revision| revision.0));
        Value::Object(document)
    }

    fn event(&self, id: Option<Uuid>) -> EventData {
        let event = EventData::json("$metadata", &self.document())
            .expect("a JSON value can always be written as JSON");
        match id {
            Some(id) => event.id(id),
            None => event,
        }
    }

    /// At an exact revision the id follows from what is said, so that it can be said again.
    /// Without one it is said once, and under an id of its own: the log would take setting back to
    /// an earlier document for a repetition of it.
    fn id(&self, stream: &str, expected: ExpectedRevision) -> Option<Uuid> {
        let at = match expected {
            ExpectedRevision::Any => return None,
            ExpectedRevision::NoStream => "none".to_owned(),
            ExpectedRevision::Exactly(revision) => revision.to_string(),
        };
        let name = format!("{stream}\n{at}\n{}", self.document());
        Some(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use std::{num::NonZeroU64, time::Duration};

    use serde_json::json;

    use super::{ExpectedRevision, Revision, StreamMetadata};

    #[test]
    fn age_is_written_in_seconds() {
        let metadata = StreamMetadata {
            max_age: Some(Duration::from_millis(2_500)),
            max_count: NonZeroU64::new(3),
            truncate_before: Some(Revision(7)),
            other: [("purge".to_owned(), json!(true))].into_iter().collect(),
        };
        assert_eq!(
            metadata.document(),
            json!({"$maxAge": 2, "$maxCount": 3, "$tb": 7, "purge": true})
        );
    }

    #[test]
    fn only_an_exact_revision_fixes_the_id() {
        let id = |expected| StreamMetadata::default().id("$$s", expected);
        let exactly = ExpectedRevision::Exactly(Revision(1));
        assert_eq!(id(exactly), id(exactly));
        assert_ne!(id(exactly), id(ExpectedRevision::NoStream));
        assert_eq!(id(ExpectedRevision::Any), None);
    }
}
