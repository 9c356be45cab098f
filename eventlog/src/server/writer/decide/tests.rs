use std::convert::Infallible;

use super::*;
use crate::server::settings::{SOFT_DELETED, Settings};

/// A stream whose fact `n` has the id `n`, all of them remembered.
struct Numbered {
    facts: u64,
    metadata: bool,
}

impl History for Numbered {
    type Error = Infallible;

    fn id_at(&mut self, revision: u64) -> Result<Option<Uuid>, Infallible> {
        Ok((revision < self.facts).then(|| id(revision)))
    }

    fn revision_of(&mut self, wanted: Uuid) -> Option<u64> {
        (0..self.facts).find(|&revision| id(revision) == wanted)
    }

    fn has_metadata(&mut self) -> Result<bool, Infallible> {
        Ok(self.metadata)
    }
}

fn id(number: u64) -> Uuid {
    Uuid::from_u64_pair(1, number)
}

/// Decide about appending the facts numbered `ids` to a stream of `facts` facts.
fn decided(expected: Expected, facts: u64, ids: &[u64]) -> Verdict {
    with(expected, facts, ids, StreamRow::default(), false)
}

fn with(expected: Expected, facts: u64, ids: &[u64], row: StreamRow, metadata: bool) -> Verdict {
    let row = StreamRow { last: facts.checked_sub(1), ..row };
    let ids: Vec<Uuid> = ids.iter().copied().map(id).collect();
    let Ok(verdict) =
        decide(expected, &row, ids.iter().copied(), &mut Numbered { facts, metadata });
    verdict
}

fn refused(current: Option<u64>) -> Verdict {
    Verdict::Refuse(Refusal::WrongRevision { current })
}

fn soft_deleted() -> StreamRow {
    let settings = Settings { truncate_before: Some(SOFT_DELETED), ..Settings::default() };
    StreamRow { settings, ..StreamRow::default() }
}

#[test]
fn an_append_at_the_last_revision_is_written() {
    assert_eq!(decided(Expected::Last(None), 0, &[0]), Verdict::Write);
    assert_eq!(decided(Expected::Last(Some(2)), 3, &[7]), Verdict::Write);
}

#[test]
fn an_append_beyond_the_last_revision_is_refused() {
    assert_eq!(decided(Expected::Last(Some(0)), 0, &[0]), refused(None));
    assert_eq!(decided(Expected::Last(Some(3)), 3, &[3]), refused(Some(2)));
}

#[test]
fn a_repeated_append_succeeds_with_its_first_outcome() {
    assert_eq!(decided(Expected::Last(None), 3, &[0, 1]), Verdict::Repeated(1));
    assert_eq!(decided(Expected::Last(Some(0)), 3, &[1, 2]), Verdict::Repeated(2));
    assert_eq!(decided(Expected::Any, 3, &[2, 1]), Verdict::Repeated(1));
}

#[test]
fn an_append_that_repeats_only_in_part_is_refused() {
    assert_eq!(decided(Expected::Last(None), 3, &[0, 9]), refused(Some(2)));
    assert_eq!(decided(Expected::Last(Some(1)), 3, &[2, 9]), refused(Some(2)));
    assert_eq!(decided(Expected::Any, 3, &[2, 9]), refused(Some(2)));
}

#[test]
fn without_a_revision_known_ids_after_a_new_one_are_written_again() {
    assert_eq!(decided(Expected::Any, 3, &[9, 2]), Verdict::Write);
}

#[test]
fn appending_nothing_needs_the_right_revision_too() {
    assert_eq!(decided(Expected::Last(None), 0, &[]), Verdict::Write);
    assert_eq!(decided(Expected::Last(None), 1, &[]), refused(Some(0)));
    assert_eq!(decided(Expected::Any, 1, &[]), Verdict::Write);
}

#[test]
fn a_stream_exists_by_its_facts_or_by_its_metadata() {
    assert_eq!(decided(Expected::StreamExists, 1, &[9]), Verdict::Write);
    assert_eq!(decided(Expected::StreamExists, 0, &[9]), refused(None));
    let by_metadata = with(Expected::StreamExists, 0, &[9], StreamRow::default(), true);
    assert_eq!(by_metadata, Verdict::Write);
}

#[test]
fn a_deleted_stream_can_be_begun_anew_but_does_not_exist() {
    let deleted = Verdict::Refuse(Refusal::StreamDeleted);
    assert_eq!(with(Expected::Last(None), 3, &[9], soft_deleted(), true), Verdict::Write);
    assert_eq!(with(Expected::Last(None), 3, &[0], soft_deleted(), true), Verdict::Repeated(0));
    let in_part = with(Expected::Last(None), 3, &[0, 9], soft_deleted(), true);
    assert_eq!(in_part, refused(Some(2)));
    assert_eq!(with(Expected::StreamExists, 3, &[9], soft_deleted(), true), deleted);
}

#[test]
fn a_tombstone_refuses_everything() {
    let gone = StreamRow { tombstone: true, ..StreamRow::default() };
    for expected in [Expected::Any, Expected::StreamExists, Expected::Last(Some(2))] {
        assert_eq!(with(expected, 3, &[], gone, true), Verdict::Refuse(Refusal::StreamDeleted));
    }
}
