//! An append that has begun.

use std::time::{Duration, Instant};

use super::super::{
    expectation,
    proposal::{Improper, Proposals},
    submit::WRITE_TIMEOUT,
};
use crate::server::{
    clock::{self, TICKS_PER_SECOND},
    fact::METADATA_PREFIX,
    room::Room,
    wire::{BatchOptions, Deadline, ProposedMessage, Seconds, StreamIdentifier},
    writer::Expected,
};

/// What has come of an append so far.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) identifier: StreamIdentifier,
    /// Where to and what, or why it is refused.
    pub(super) target: Result<Target, Refused>,
    /// From then on it is not written any more.
    pub(super) deadline: Instant,
}

/// Where an append goes.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) stream: String,
    pub(super) expected: Expected,
    pub(super) proposals: Proposals,
}

/// Why an append is refused before it is decided about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    TooLarge,
    Timeout,
    Busy,
    BadRequest(&'static str),
}

impl Open {
    pub(super) fn new(options: BatchOptions, room: &Room) -> Self {
        let BatchOptions { stream_identifier, expected, deadline } = options;
        let patience = patience(deadline, clock::ticks());
        let named = expectation::stream_name(stream_identifier);
        // Not the bytes received, which are part of a message that may be much larger.
        let identifier = named.as_deref().map(StreamIdentifier::from).unwrap_or_default();
        let target = match (named, expected) {
            (Err(_), _) => Err(Refused::BadRequest("the stream has no name, or one that is none")),
            (Ok(_), None) => {
                Err(Refused::BadRequest("nothing is said about the stream's revision"))
            }
            (Ok(stream), Some(_)) if stream == METADATA_PREFIX => {
                Err(Refused::BadRequest("'$$' is not the name of a stream"))
            }
            (Ok(_), Some(_)) if patience.is_zero() => Err(Refused::Timeout),
            (Ok(stream), Some(expected)) => {
                Ok(Target { stream, expected: expected.into(), proposals: Proposals::new(room) })
            }
        };
        Self { identifier, target, deadline: Instant::now() + patience }
    }

    /// Add what came next.
    pub(super) fn extend(&mut self, messages: &[ProposedMessage]) {
        let Ok(Target { proposals, .. }) = &mut self.target else { return };
        let added = messages.iter().try_for_each(|message| proposals.add(message));
        let refused = match added {
            Ok(()) => return,
            Err(Improper::Lacks(_)) => {
                Refused::BadRequest("a fact lacks its type or its content type")
            }
            Err(Improper::Malformed) => Refused::BadRequest("a fact has no id or an empty type"),
            Err(Improper::TooLarge) => Refused::TooLarge,
            Err(Improper::NoRoom) => Refused::Busy,
        };
        self.refuse(refused);
    }

    /// How many bytes of memory it takes.
    pub(super) fn weight(&self) -> usize {
        self.target.as_ref().map_or(0, |target| target.proposals.weight())
    }

    pub(super) fn refuse(&mut self, refused: Refused) {
        self.target = Err(refused);
    }
}

/// How long from `now` an append may wait. The official client says a time since 1970 where the
/// protocol has a length of time, hence never longer than the log would wait by itself.
fn patience(deadline: Option<Deadline>, now: i64) -> Duration {
    let ticks = |Seconds { seconds, nanos }| {
        seconds.saturating_mul(TICKS_PER_SECOND).saturating_add(i64::from(nanos) / 100)
    };
    let left = match deadline {
        None => return WRITE_TIMEOUT,
        Some(Deadline::Within(within)) => ticks(within),
        Some(Deadline::Until(until)) => ticks(until).saturating_sub(now),
    };
    let left = u64::try_from(left).unwrap_or(0).saturating_mul(100);
    Duration::from_nanos(left).min(WRITE_TIMEOUT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_append_waits_no_longer_than_its_caller_and_no_longer_than_the_log() {
        let second = Seconds { seconds: 1, nanos: 500 };
        let exactly = Duration::from_secs(1) + Duration::from_nanos(500);
        assert_eq!(patience(Some(Deadline::Within(second)), 7), exactly);
        assert_eq!(patience(Some(Deadline::Until(second)), TICKS_PER_SECOND).as_nanos(), 500);
        let since_1970 = Seconds { seconds: 1_800_000_000, nanos: 0 };
        assert_eq!(patience(Some(Deadline::Within(since_1970)), 0), WRITE_TIMEOUT);
        assert_eq!(patience(None, 0), WRITE_TIMEOUT);
        assert!(patience(Some(Deadline::Until(second)), 2 * TICKS_PER_SECOND).is_zero());
    }
}
