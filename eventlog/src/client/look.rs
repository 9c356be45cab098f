//! Looking for what became of an append.
//!
//! Once an append may have reached the log, the answer to its repetition is not always about both:
//! the stream may have been deleted before the first one began it anew, or be tombstoned since. The
//! whole log shows the facts of a stream whatever has become of it, so they are looked for there,
//! from a fact on that stood in the log before anything was sent.

use eventstore::{ReadAllOptions, StreamPosition};

use super::{
    Appended, ExpectedRevision, Fact, Filter, Position, append::Append, failure::Failure,
    node::Node, wire,
};

/// So many facts of a stream are looked through. More are hardly written to one within the time of
/// an append.
const FACTS_MAX: usize = 1_000;

impl Append {
    /// What `failure` says once an earlier copy of this append may have been written. `since` is a
    /// fact from before that copy was sent.
    pub(super) async fn last_word(
        &self,
        node: &Node,
        since: Option<Position>,
        failure: Failure,
    ) -> Result<Appended, Failure> {
        let copy_is_refused_too = match &failure {
            // The log has compared the ids of what stands there with ours.
            Failure::WrongRevision(current) if self.is_reached(*current) => return Err(failure),
            // Until the stream has come so far, the copy may still fit.
            Failure::WrongRevision(_) => self.expected == ExpectedRevision::NoStream,
            Failure::Deleted => true,
            // These say nothing of the copy.
            Failure::Denied | Failure::Declined(_) => false,
            Failure::Unreached(_)
            | Failure::Moved
            | Failure::Lost(_)
            | Failure::Broken(_)
            | Failure::Unexplained(_)
            | Failure::NotFound
            | Failure::TooLarge(_)
            | Failure::Invalid(_) => return Err(failure),
        };
        match self.find(node, since).await {
            Some(Some(appended)) => Ok(appended),
            Some(None) if copy_is_refused_too => Err(failure),
            Some(None) | None => Err(Failure::Unexplained(format!(
                "an earlier copy of the append may have been written: {}",
                failure.reason()
            ))),
        }
    }

    /// Whether a stream at `current` has the revision that is expected, or more.
    fn is_reached(&self, current: Option<super::Revision>) -> bool {
        match self.expected {
            ExpectedRevision::Exactly(revision) => current >= Some(revision),
            ExpectedRevision::NoStream | ExpectedRevision::Any => false,
        }
    }

    /// Where the facts of this append stand, or that they do not. `None` if it cannot be said.
    async fn find(&self, node: &Node, since: Option<Position>) -> Option<Option<Appended>> {
        if self.ids.is_empty() {
            return None;
        }
        let filter = wire::filter(&Filter::StreamPrefixes(vec![self.stream.clone()]))?;
        let options = ReadAllOptions::default()
            .position(StreamPosition::Position(wire::position(since?)))
            .forwards()
            .filter(filter)
            .max_count(FACTS_MAX);
        let options = node.signed(options, ReadAllOptions::authenticated);
        let mut events = node.read_all(&options).await.ok()?;
        let (mut facts, mut looked_at) = (Vec::new(), 0);
        while let Some(event) = events.next().await.ok()? {
            looked_at += 1;
            facts.extend(wire::fact(event).filter(|fact| fact.stream == self.stream));
        }
        let written = facts.windows(self.ids.len()).find(|facts| self.is_written_as(facts));
        let last = written.and_then(<[Fact]>::last);
        let appended = last.map(|&Fact { revision, position, .. }| Appended { revision, position });
        (appended.is_some() || looked_at < FACTS_MAX).then_some(appended)
    }

    fn is_written_as(&self, facts: &[Fact]) -> bool {
        facts.iter().map(|fact| fact.id).eq(self.ids.iter().copied())
    }
}
