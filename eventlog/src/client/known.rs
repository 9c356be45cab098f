//! What has been seen of the log, as lower bounds: it only grows.
//!
//! An append whose answer is lost may be made once more, and the second answer may not say what
//! became of the first. Two things help to know: that a stream had reached the expected revision
//! before anything was sent, so that no copy can fit later; and how far the log reached before,
//! so that only what came after has to be looked at.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::atomic::{AtomicU64, Ordering},
};

use super::{Appended, ExpectedRevision, Fact, Position, Revision};

/// How many streams are remembered at most. Two that share a place forget each other, which costs
/// an append that could have travelled with others a call of its own.
const STREAMS: usize = 65_536;
/// Bits of a place that hold a revision; the others tell streams apart.
const REVISION_BITS: u32 = 32;

/// What has been seen of the log.
pub(super) struct Known {
    /// The last position seen, or 0.
    head: AtomicU64,
    /// For each place, a part of a stream's hash and one more than its last revision seen.
    streams: Box<[AtomicU64]>,
}

impl Known {
    pub(super) fn new() -> Self {
        let streams = (0..STREAMS).map(|_| AtomicU64::default()).collect();
        Self { head: AtomicU64::default(), streams }
    }

    /// A fact that stood in the log before now, if any is known: no later one than any that is
    /// appended from now on.
    pub(super) fn head(&self) -> Option<Position> {
        match self.head.load(Ordering::Relaxed) {
            0 => None,
            position => Some(Position(position)),
        }
    }

    /// Whether `stream` is known to have come as far as is `expected` of it.
    pub(super) fn has_reached(&self, stream: &str, expected: ExpectedRevision) -> bool {
        match expected {
            ExpectedRevision::NoStream => true,
            ExpectedRevision::Any => false,
            ExpectedRevision::Exactly(revision) => {
                let (place, tag) = self.place(stream);
                let seen = place.load(Ordering::Relaxed);
                seen >> REVISION_BITS == tag && seen & LAST > revision.0
            }
        }
    }

    /// `appended` was the answer to an append to `stream`.
    pub(super) fn appended(&self, stream: &str, appended: Appended) {
        self.see(appended.position);
        self.reach(stream, appended.revision);
    }

    /// These `facts` of one stream, or of several in log order, were read.
    pub(super) fn read(&self, facts: &[Fact]) {
        for fact in [facts.first(), facts.last()].into_iter().flatten() {
            self.see(fact.position);
            self.reach(&fact.stream, fact.revision);
        }
    }

    /// A fact stands at `position`.
    pub(super) fn see(&self, position: Position) {
        self.head.fetch_max(position.0, Ordering::Relaxed);
    }

    fn reach(&self, stream: &str, revision: Revision) {
        let (place, tag) = self.place(stream);
        let reached = (revision.0 + 1).min(LAST);
        // Tags are compared for being the same, so the larger one of two streams would win for
        // ever: the place belongs to whoever was seen last, and of one stream the most counts.
        let earlier = place.load(Ordering::Relaxed);
        if earlier >> REVISION_BITS != tag || earlier & LAST < reached {
            place.store(tag << REVISION_BITS | reached, Ordering::Relaxed);
        }
    }

    fn place(&self, stream: &str) -> (&AtomicU64, u64) {
        let mut hasher = DefaultHasher::new();
        stream.hash(&mut hasher);
        let hash = hasher.finish();
        let index = usize::try_from(hash % STREAMS as u64).expect("it is less than a usize");
        (&self.streams[index], hash >> REVISION_BITS)
    }
}

/// The largest number of a place. Revisions beyond it are not told to be reached.
const LAST: u64 = (1 << REVISION_BITS) - 1;

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Known").field("head", &self.head).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{Appended, ExpectedRevision, Known, Position, Revision};

    fn appended(revision: u64, position: u64) -> Appended {
        Appended { revision: Revision(revision), position: Position(position) }
    }

    fn exactly(revision: u64) -> ExpectedRevision {
        ExpectedRevision::Exactly(Revision(revision))
    }

    #[test]
    fn a_stream_has_reached_what_was_seen_of_it_and_nothing_else() {
        let known = Known::new();
        assert!(known.has_reached("s", ExpectedRevision::NoStream));
        assert!(!known.has_reached("s", exactly(0)));
        known.appended("s", appended(4, 9));
        known.appended("s", appended(2, 7));
        assert!(known.has_reached("s", exactly(4)));
        assert!(!known.has_reached("s", exactly(5)));
        assert!(!known.has_reached("t", exactly(0)));
        assert_eq!(known.head(), Some(Position(9)));
    }

    #[test]
    fn revisions_beyond_all_bounds_are_not_mixed_up_with_others() {
        let known = Known::new();
        known.appended("s", appended(u64::from(u32::MAX) + 7, 1));
        assert!(!known.has_reached("s", exactly(u64::from(u32::MAX) + 7)));
        assert!(known.has_reached("s", exactly(7)));
    }

    #[test]
    fn nothing_is_known_of_a_log_that_was_never_reached() {
        assert_eq!(Known::new().head(), None);
    }
}
