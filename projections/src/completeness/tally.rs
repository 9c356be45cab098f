//! How many facts, and which.

use eventlog::Fact;
use sha2::{Digest, Sha256};

/// A count of facts and a rolling hash over them, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// How many.
    pub(crate) counted: u64,
    /// Over all of them; empty before the first.
    pub(crate) digest: Vec<u8>,
}

/// Streams that are not counted, by the beginning of their names: the log's own, and those whose
/// facts the log may forget.
const NOT_COUNTED: &[&str] = &["$", "attempts-", "key-"];

/// Whether `fact` counts: neither the log's own, nor one that the log may forget.
pub(crate) fn is_counted(fact: &Fact) -> bool {
    !fact.kind.starts_with('$') && !NOT_COUNTED.iter().any(|start| fact.stream.starts_with(start))
}

impl Tally {
    /// Takes `fact` into account, as the log keeps it but for its position: a copy of the log has
    /// the same tally. `false` for a fact that is not counted.
    pub(crate) fn take(&mut self, fact: &Fact) -> bool {
        let Fact { stream, revision, id, kind, data, metadata, .. } = fact;
        if !is_counted(fact) {
            return false;
        }
        let mut hash = Sha256::new();
        hash.update(&self.digest);
        hash.update(revision.0.to_be_bytes());
        hash.update(id.as_bytes());
        for text in [stream.as_bytes(), kind.as_bytes(), data.as_ref(), metadata.as_ref()] {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        self.digest = hash.finalize().to_vec();
        self.counted += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use chrono::DateTime;
    use eventlog::{Fact, Position, Revision};
    use uuid::Uuid;

    use super::Tally;

    fn fact(stream: &str, revision: u64) -> Fact {
        Fact {
            stream: stream.to_owned(),
            revision: Revision(revision),
            position: Position(revision),
            id: Uuid::from_u128(u128::from(revision)),
            kind: "thing-done.v1".to_owned(),
            data: Bytes::from_static(b"{}"),
            metadata: Bytes::new(),
            json: true,
            created: DateTime::UNIX_EPOCH,
        }
    }

    fn tally(facts: &[Fact]) -> Tally {
        let mut tally = Tally::default();
        for fact in facts {
            tally.take(fact);
        }
        tally
    }

    #[test]
    fn a_fact_left_out_doubled_changed_or_in_another_place_shows() {
        let (one, two) = (fact("a", 0), fact("a", 1));
        let right = tally(&[one.clone(), two.clone()]);
        let changed = Fact { data: Bytes::from_static(b"[]"), ..two.clone() };
        for wrong in [
            vec![one.clone()],
            vec![one.clone(), one.clone()],
            vec![one.clone(), two.clone(), two.clone()],
            vec![two.clone(), one.clone()],
            vec![one.clone(), changed],
        ] {
            assert_ne!(tally(&wrong), right, "{wrong:?}");
        }
    }

    #[test]
    fn what_the_log_may_forget_and_its_own_facts_are_not_counted() {
        let own = Fact { kind: "$>".to_owned(), ..fact("a", 0) };
        for fact in [fact("$$a", 0), fact("attempts-1", 0), fact("key-7", 0), own] {
            assert_eq!(tally(std::slice::from_ref(&fact)), Tally::default(), "{fact:?}");
        }
    }

    #[test]
    fn the_position_is_no_part_of_it() {
        let moved = Fact { position: Position(99), ..fact("a", 0) };
        assert_eq!(tally(&[moved]), tally(&[fact("a", 0)]));
    }
}
