//! What a subscription is about, and how far it has come.
//!
//! **Invariant:** it only ever moves forwards, so no fact is brought twice; and only past what was
//! brought or what the log said is not wanted, so none is left out.

use eventstore::{
    StreamPosition, SubscribeToAllOptions, SubscribeToStreamOptions, SubscriptionEvent,
};
use futures::{StreamExt, stream, stream::BoxStream};

use super::{Fact, Filter, Position, Revision, Signal, node::Node, wire};

/// What the official client brings, until its first error.
pub(super) type Events = BoxStream<'static, eventstore::Result<SubscriptionEvent>>;

#[derive(Debug)]
pub(super) enum Source {
    All {
        filter: Filter,
        /// The last fact brought, or where the caller wanted to go on.
        seen: Option<Position>,
        /// Up to here, nothing after `seen` is wanted.
        checkpoint: Option<Position>,
    },
    Stream {
        name: String,
        /// The last fact brought, or where the caller wanted to go on.
        seen: Option<Revision>,
    },
}

impl Source {
    /// Asks for everything after the place reached. Nothing is sent before the first event is
    /// waited for.
    pub(super) async fn open(&self, node: &Node) -> Events {
        let subscription = match self {
            Self::All { filter, seen, checkpoint } => {
                let position = (*seen).max(*checkpoint).map_or(StreamPosition::Start, |position| {
                    StreamPosition::Position(wire::position(position))
                });
                let options = SubscribeToAllOptions::default().position(position);
                let options = match wire::filter(filter) {
                    Some(filter) => options.filter(filter),
                    None => options,
                };
                let options = node.signed(options, SubscribeToAllOptions::authenticated);
                node.subscribe_to_all(&options).await
            }
            Self::Stream { name, seen } => {
                let position = seen
                    .map_or(StreamPosition::Start, |revision| StreamPosition::Position(revision.0));
                let options = SubscribeToStreamOptions::default().start_from(position);
                let options = node.signed(options, SubscribeToStreamOptions::authenticated);
                node.subscribe_to_stream(name.as_str(), &options).await
            }
        };
        stream::unfold(Some(Box::new(subscription)), async |subscription| {
            let mut subscription = subscription?;
            // After an error it would start again by itself, where it thinks fit.
            match subscription.next_subscription_event().await {
                Ok(event) => Some((Ok(event), Some(subscription))),
                Err(error) => Some((Err(error), None)),
            }
        })
        .boxed()
    }

    /// The place of `fact` is reached. Nothing if it had been before.
    pub(super) fn pass(&mut self, fact: Fact) -> Option<Signal> {
        match self {
            Self::All { filter, seen, checkpoint: _ } => {
                if seen.is_some_and(|seen| fact.position <= seen) {
                    return None;
                }
                *seen = Some(fact.position);
                Some(if wire::wanted(filter, &fact) {
                    Signal::Fact(fact)
                } else {
                    Signal::Checkpoint(fact.position)
                })
            }
            Self::Stream { name: _, seen } => {
                if seen.is_some_and(|seen| fact.revision <= seen) {
                    return None;
                }
                *seen = Some(fact.revision);
                Some(Signal::Fact(fact))
            }
        }
    }

    /// Everything wanted up to `position` has been brought. Nothing if that was known before.
    pub(super) fn checkpoint(&mut self, position: Position) -> Option<Signal> {
        match self {
            Self::All { filter: _, seen, checkpoint } => {
                if Some(position) <= (*seen).max(*checkpoint) {
                    return None;
                }
                *checkpoint = Some(position);
                Some(Signal::Checkpoint(position))
            }
            Self::Stream { .. } => None,
        }
    }

    /// Goes back to the last fact, if a checkpoint lies beyond it: a log may refuse to start at a
    /// place where no fact stands that it would bring.
    pub(super) fn forget_checkpoint(&mut self) -> bool {
        match self {
            Self::All { filter: _, seen, checkpoint } => {
                checkpoint.take().is_some_and(|checkpoint| Some(checkpoint) > *seen)
            }
            Self::Stream { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use chrono::DateTime;
    use uuid::Uuid;

    use super::{Fact, Filter, Position, Revision, Signal, Source};

    fn fact(stream: &str, number: u64) -> Fact {
        Fact {
            stream: stream.to_owned(),
            revision: Revision(number),
            position: Position(number),
            id: Uuid::from_u128(1),
            kind: "thing-done.v1".into(),
            data: Bytes::new(),
            metadata: Bytes::new(),
            json: true,
            created: DateTime::UNIX_EPOCH,
        }
    }

    fn all(filter: Filter, seen: Option<u64>) -> Source {
        Source::All { filter, seen: seen.map(Position), checkpoint: None }
    }

    #[test]
    fn fact_that_comes_again_is_not_brought_again() {
        let mut source = all(Filter::None, Some(4));
        assert_eq!(source.pass(fact("s", 4)), None);
        assert_eq!(source.pass(fact("s", 5)), Some(Signal::Fact(fact("s", 5))));
        assert_eq!(source.pass(fact("s", 5)), None);
    }

    #[test]
    fn fact_of_the_log_itself_is_passed_over_but_counts() {
        let mut source = all(Filter::ExcludeSystem, None);
        assert_eq!(source.pass(fact("$settings", 5)), Some(Signal::Checkpoint(Position(5))));
    }

    #[test]
    fn checkpoint_behind_the_last_fact_says_nothing() {
        let mut source = all(Filter::None, Some(4));
        assert_eq!(source.checkpoint(Position(4)), None);
        assert_eq!(source.checkpoint(Position(6)), Some(Signal::Checkpoint(Position(6))));
        assert_eq!(source.checkpoint(Position(6)), None);
    }

    #[test]
    fn refused_checkpoint_is_given_up_once() {
        let mut source = all(Filter::None, Some(4));
        source.checkpoint(Position(6));
        assert!(source.forget_checkpoint());
        assert!(!source.forget_checkpoint());
    }

    #[test]
    fn stream_goes_by_its_own_revisions() {
        let mut source = Source::Stream { name: "s".into(), seen: Some(Revision(1)) };
        assert_eq!(source.pass(fact("s", 1)), None);
        assert_eq!(source.pass(fact("s", 2)), Some(Signal::Fact(fact("s", 2))));
    }
}
