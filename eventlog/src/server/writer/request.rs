//! What the writer is asked, and what it answers.

use std::{fmt, time::Instant};

use crate::server::fact::Proposed;

/// What a stream must look like for a change to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Anything but gone for good.
    Any,
    /// It has facts, or metadata, and is not deleted.
    StreamExists,
    /// Its last revision is this, or it has no facts.
    Last(Option<u64>),
}

/// What is to be done to a stream.
#[derive(Debug)]
pub(crate) enum Change {
    /// Append these.
    Append(Vec<Proposed>),
    /// Hide it until it is written to again.
    Delete,
    /// End it for good. If its metadata says so, its payloads are gone from the disk before.
    Tombstone,
    /// Take expired payloads off the disk, of whichever streams want it.
    PurgeExpired,
    /// Try once more to leave nothing of what was purged in the write-ahead log.
    Scrub,
}

/// Takes an answer, on the writer's thread.
pub(crate) type Reply = Box<dyn FnOnce(Result<Written, Refusal>) + Send>;

/// One request.
pub(crate) struct Request {
    pub(crate) stream: String,
    pub(crate) expected: Expected,
    pub(crate) change: Change,
    /// From then on nobody waits for it: it must not be written.
    pub(crate) deadline: Instant,
    /// How many bytes it carries.
    pub(crate) size: usize,
    pub(crate) reply: Reply,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("stream", &self.stream).finish_non_exhaustive()
    }
}

/// What was written, or had been written by the same request before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// Revision of its last fact; `None` when nothing was to be written to a stream without facts.
    pub(crate) revision: Option<u64>,
    /// Position of its last fact, or the head of the log when nothing was to be written.
    pub(crate) position: u64,
}

/// Why nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The stream is gone for good, or deleted where it was expected to exist.
    StreamDeleted,
    /// The stream is not as expected.
    WrongRevision {
        /// Its last revision.
        current: Option<u64>,
    },
    /// The deadline passed before its turn.
    Timeout,
    /// There is no room on the disk.
    Full,
    /// The writer has stopped. Unlike with the others, the change may have been written.
    Stopped,
}
