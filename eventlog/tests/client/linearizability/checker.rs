//! Whether what clients saw of one stream can have happened one operation after the other.
//!
//! The search of Wing and Gong with Lowe's memory: take any operation that began before the first
//! of those left had ended, as long as the stream as it then is answers it as it was answered; come
//! back when there is none; never search on from the same place twice.

use std::collections::HashSet;

/// A stream's last fact: its revision, and the number that its writer gave it.
pub(crate) type Last = Option<(u64, u64)>;

/// What a client did and was told.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Did {
    /// Append the fact `number` behind the revision `behind`.
    Append { behind: Option<u64>, number: u64 },
    /// Be refused an append, because the stream was at `current`.
    BeRefused { behind: Option<u64>, current: Option<u64> },
    /// Read the last fact.
    Read(Last),
}

/// What happened between two readings of one clock. Without an end nobody knows whether it did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operation {
    pub(crate) begun: u64,
    pub(crate) ended: Option<u64>,
    pub(crate) did: Did,
}

impl Did {
    /// The stream afterwards, if it could answer so.
    fn after(self, last: Last) -> Option<Last> {
        let revision = last.map(|(revision, _)| revision);
        match self {
            Self::Append { behind, number } => {
                let next = behind.map_or(0, |behind| behind + 1);
                (revision == behind).then_some(Some((next, number)))
            }
            Self::BeRefused { behind, current } => {
                (revision == current && current != behind).then_some(last)
            }
            Self::Read(seen) => (seen == last).then_some(last),
        }
    }
}

/// Whether there is an order in which a stream that was empty answers like this.
pub(crate) fn is_linearizable(history: &[Operation]) -> bool {
    let mut history = history.to_vec();
    history.sort_unstable_by_key(|operation| operation.begun);
    let mut open: Vec<(Vec<bool>, Last)> = vec![(vec![false; history.len()], None)];
    let mut seen = HashSet::new();
    while let Some((taken, last)) = open.pop() {
        let left = || history.iter().zip(&taken).enumerate().filter(|(_, (_, taken))| !**taken);
        let Some(first_end) = left().filter_map(|(_, (operation, _))| operation.ended).min() else {
            return true;
        };
        for (index, (operation, _)) in left() {
            if operation.begun > first_end {
                break;
            }
            if let Some(next) = operation.did.after(last) {
                let mut taken = taken.clone();
                taken[index] = true;
                if seen.insert((taken.clone(), next)) {
                    open.push((taken, next));
                }
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(begun: u64, ended: u64, did: Did) -> Operation {
        Operation { begun, ended: Some(ended), did }
    }

    fn append(behind: Option<u64>, number: u64) -> Did {
        Did::Append { behind, number }
    }

    #[test]
    fn operations_at_the_same_time_may_have_happened_in_any_order() {
        assert!(is_linearizable(&[
            operation(0, 9, Did::Read(Some((1, 8)))),
            operation(1, 8, append(Some(0), 8)),
            operation(2, 7, append(None, 7)),
            operation(3, 6, Did::BeRefused { behind: Some(0), current: None }),
        ]));
    }

    #[test]
    fn two_appends_at_one_revision_are_flagged() {
        for (begun, ended) in [(2, 3), (0, 1)] {
            assert!(!is_linearizable(&[
                operation(0, 1, append(None, 7)),
                operation(begun, ended, append(None, 8)),
            ]));
        }
    }

    #[test]
    fn a_stale_read_is_flagged() {
        let appends = [operation(0, 1, append(None, 7)), operation(2, 3, append(Some(0), 8))];
        for (begun, linearizable) in [(2, true), (4, false)] {
            let read = operation(begun, 5, Did::Read(Some((0, 7))));
            assert_eq!(is_linearizable(&[appends[0], appends[1], read]), linearizable);
        }
    }

    #[test]
    fn a_refusal_that_names_a_revision_the_stream_was_not_at_is_flagged() {
        let refused = |current| Did::BeRefused { behind: Some(5), current };
        let first = operation(0, 1, append(None, 7));
        assert!(is_linearizable(&[first, operation(2, 3, refused(Some(0)))]));
        assert!(!is_linearizable(&[first, operation(2, 3, refused(Some(1)))]));
        assert!(!is_linearizable(&[first, operation(2, 3, refused(None))]));
    }

    #[test]
    fn what_nobody_knows_may_have_happened_late_or_never_but_not_early() {
        let unknown = Operation { begun: 2, ended: None, did: append(Some(0), 8) };
        let first = operation(0, 1, append(None, 7));
        let read = |begun, seen| operation(begun, begun + 1, Did::Read(seen));
        let (before, after) = (Some((0, 7)), Some((1, 8)));
        assert!(is_linearizable(&[first, unknown, read(4, before)]));
        assert!(is_linearizable(&[first, unknown, read(4, before), read(6, after)]));
        assert!(!is_linearizable(&[first, unknown, read(4, after), read(6, before)]));
        let early = Operation { begun: 6, ..unknown };
        assert!(!is_linearizable(&[first, early, read(4, after)]));
    }
}
