//! Whether an append happens.
//!
//! Nothing here reads or writes: what must be looked up is asked of a [`History`].

use uuid::Uuid;

use super::request::{Expected, Refusal};
use crate::server::storage::StreamRow;

/// What is known of a stream's past.
pub(super) trait History {
    /// Why it cannot be known.
    type Error;

    /// Id of the stream's fact `revision`.
    fn id_at(&mut self, revision: u64) -> Result<Option<Uuid>, Self::Error>;

    /// Revision at which `id` was written to the stream, as far as it is remembered.
    fn revision_of(&mut self, id: Uuid) -> Option<u64>;

    /// Whether the stream's metadata stream has facts.
    fn has_metadata(&mut self) -> Result<bool, Self::Error>;
}

/// What is to be done with an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Write it after the stream's last fact.
    Write,
    /// It was written before, up to this revision.
    Repeated(u64),
    /// Refuse it.
    Refuse(Refusal),
}

/// Decide about an append of facts with these `ids` to `stream`.
pub(super) fn decide<H: History>(
    expected: Expected,
    stream: &StreamRow,
    ids: impl ExactSizeIterator<Item = Uuid>,
    history: &mut H,
) -> Result<Verdict, H::Error> {
    if stream.tombstone {
        return Ok(Verdict::Refuse(Refusal::StreamDeleted));
    }
    match expected {
        Expected::Any => Ok(decide_by_id(stream, ids, history)),
        Expected::StreamExists => Ok(match refuse_missing(stream, history)? {
            Some(refusal) => Verdict::Refuse(refusal),
            None => decide_by_id(stream, ids, history),
        }),
        Expected::Last(expected) => decide_by_revision(expected, stream, ids, history),
    }
}

/// Why a stream that is expected to exist does not.
pub(super) fn refuse_missing<H: History>(
    stream: &StreamRow,
    history: &mut H,
) -> Result<Option<Refusal>, H::Error> {
    if stream.settings.soft_deleted() {
        return Ok(Some(Refusal::StreamDeleted));
    }
    if stream.last.is_none() && !history.has_metadata()? {
        return Ok(Some(Refusal::WrongRevision { current: None }));
    }
    Ok(None)
}

/// Without a revision to go by, a repetition is known by its first id.
fn decide_by_id<H: History>(
    stream: &StreamRow,
    ids: impl Iterator<Item = Uuid>,
    history: &mut H,
) -> Verdict {
    let mut last = None;
    for (index, id) in ids.enumerate() {
        match history.revision_of(id) {
            Some(revision) => last = Some(revision),
            None if index == 0 => return Verdict::Write,
            None => return Verdict::Refuse(Refusal::WrongRevision { current: stream.last }),
        }
    }
    last.map_or(Verdict::Write, Verdict::Repeated)
}

/// With a revision, a repetition is what stands in the log after that revision. `None` sorts before
/// every revision, as no facts come before the first one.
fn decide_by_revision<H: History>(
    expected: Option<u64>,
    stream: &StreamRow,
    ids: impl ExactSizeIterator<Item = Uuid>,
    history: &mut H,
) -> Result<Verdict, H::Error> {
    let count = ids.len() as u64;
    let refuse = Verdict::Refuse(Refusal::WrongRevision { current: stream.last });
    if expected == stream.last {
        return Ok(Verdict::Write);
    }
    if expected > stream.last || count == 0 {
        return Ok(refuse);
    }
    let first = expected.map_or(0, |revision| revision + 1);
    for (index, id) in ids.enumerate() {
        if history.id_at(first + index as u64)? == Some(id) {
            continue;
        }
        let anew = index == 0 && expected.is_none() && stream.settings.soft_deleted();
        return Ok(if anew { Verdict::Write } else { refuse });
    }
    Ok(Verdict::Repeated(first + count - 1))
}

#[cfg(test)]
mod tests;
