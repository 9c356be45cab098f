//! What of a stream is readable, and what of the log is shown.

use crate::server::{
    fact::{Fact, FactRef, METADATA_PREFIX},
    storage::{Snapshot, StorageError, StreamRow},
};

/// A stream, to those who read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// It is gone for good.
    Deleted,
    /// There is none, or it is deleted.
    Missing,
    /// There is one.
    Readable(Readable),
}

/// The part of a stream that is readable. It may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Readable {
    pub(super) stream: i64,
    pub(super) first: u64,
    pub(super) last: u64,
    /// Facts from before are hidden.
    pub(super) since_ticks: i64,
}

impl Readable {
    pub(super) fn shows(&self, fact: &Fact) -> bool {
        fact.created >= self.since_ticks
    }
}

/// What of the stream `name` is readable at `now`.
pub(super) fn view(file: &Snapshot<'_>, name: &str, now: i64) -> Result<View, StorageError> {
    let described = name.strip_prefix(METADATA_PREFIX);
    if let Some(described) = described
        && file.stream(described)?.is_some_and(|row| row.tombstone)
    {
        return Ok(View::Deleted);
    }
    Ok(match file.stream(name)? {
        Some(row) if row.tombstone => View::Deleted,
        Some(StreamRow { id, last: Some(last), settings, .. }) if !settings.soft_deleted() => {
            // Of metadata only the newest document counts, and it has no metadata of its own.
            let count = if described.is_some() { Some(1) } else { settings.max_count };
            let by_count = count.map_or(0, |count| (last + 1).saturating_sub(count));
            let age = settings.max_age_ticks().unwrap_or(i64::MAX);
            View::Readable(Readable {
                stream: id,
                first: by_count.max(settings.truncate_before.unwrap_or(0)),
                last,
                since_ticks: now.saturating_sub(age),
            })
        }
        Some(_) | None => View::Missing,
    })
}

/// Whether those who read the whole log get to see `fact`.
pub(super) fn shown_in_all(fact: &FactRef<'_>) -> bool {
    let stream = fact.stream;
    if !stream.starts_with(b"$") {
        return true;
    }
    let of_group = stream.starts_with(b"$persistentsubscription-$all::")
        && (stream.ends_with(b"-checkpoint") || stream.ends_with(b"-parked"));
    stream != b"$epoch-information" && !of_group
}
