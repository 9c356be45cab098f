//! What goes into the log and what comes out of it.

use std::fmt;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Number of a fact within its stream, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u64);

/// Place of a fact in the whole log. Positions grow strictly, with gaps; they mean nothing in
/// another log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a stream must look like for an append to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpectedRevision {
    /// The stream has no facts, or was deleted and may be begun again. Of a stream that was
    /// begun again, lost its answer to that and was deleted once more before it could be repeated,
    /// the beginning may be written twice: ids are compared where the stream first began.
    NoStream,
    /// The stream's last fact has exactly this revision.
    Exactly(Revision),
    /// No expectation. A retry may then write twice, so it has to be asked for by name.
    Any,
}

/// A fact that is to be appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFact {
    /// Compared by the log when an append is repeated: the same id at the same revision is the
    /// same fact.
    pub id: Uuid,
    /// The stored name of its type, version included.
    pub kind: String,
    /// JSON.
    pub data: Bytes,
    /// JSON.
    pub metadata: Bytes,
}

/// A fact as the log keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The stream it belongs to.
    pub stream: String,
    /// Its number within the stream.
    pub revision: Revision,
    /// Its place in the whole log.
    pub position: Position,
    /// Chosen by its writer.
    pub id: Uuid,
    /// The stored name of its type.
    pub kind: String,
    /// As appended.
    pub data: Bytes,
    /// As appended.
    pub metadata: Bytes,
    /// Whether its writer has marked the data as JSON, which nobody has checked.
    pub json: bool,
    /// When the log accepted it, by the log's own clock. Never an order: that is `position`.
    pub created: DateTime<Utc>,
}

/// Where an append ended up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Revision of the last fact appended.
    pub revision: Revision,
    /// Position of the last fact appended.
    pub position: Position,
}

/// Which way to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Oldest first.
    Forwards,
    /// Newest first.
    Backwards,
}

/// Where reading a stream starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamFrom {
    /// Its first readable fact.
    Start,
    /// Its last fact.
    End,
    /// This one, inclusive.
    Revision(Revision),
}

/// Which facts of the whole log are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// All that the log shows, the log's own `$` facts included.
    #[default]
    None,
    /// All but the log's own, whose type or stream begins with `$`: the client drops those whose
    /// stream begins with `$`.
    ExcludeSystem,
    /// Those whose stream name begins with one of these.
    StreamPrefixes(Vec<String>),
    /// Those whose type begins with one of these.
    KindPrefixes(Vec<String>),
}

/// What a subscription brings, in log order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The next fact.
    Fact(Fact),
    /// Nothing that was asked for stands up to here.
    Checkpoint(Position),
    /// What was there at the start has been brought; from here on facts are live.
    CaughtUp,
    /// The log cannot be reached for now. The subscription goes on by itself from where it was;
    /// a later [`Signal::CaughtUp`] says that it has. Not repeated while it has not.
    Lost(String),
}

/// Why an append did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Somebody else appended first, or the stream is not what was expected. Nothing was written.
    #[error("stream {stream:?} is not at the expected revision")]
    WrongRevision {
        /// The stream.
        stream: String,
        /// What was expected.
        expected: ExpectedRevision,
        /// Its last revision, `None` without facts.
        current: Option<Revision>,
    },
    /// The stream is tombstoned for good. Nothing was written.
    #[error("stream {0:?} is deleted")]
    Deleted(String),
    /// The log could not be reached, or has no room. Nothing was written.
    #[error("event log is unavailable: {0}")]
    Unavailable(String),
    /// The append was sent, and no answer came that would be the last word. Safe to repeat with
    /// the same ids at the same exact revision. It is also said of an append whose connection was
    /// lost and whose stream has not come as far as was expected yet: a copy may still arrive.
    #[error("outcome of the append is unknown: {0}")]
    OutcomeUnknown(String),
    /// The log refuses these credentials. Nothing was written.
    #[error("event log denies access")]
    Denied,
    /// The append is larger than the log takes. Nothing was written.
    #[error("append is too large for the event log: {0}")]
    TooLarge(String),
    /// The log refuses the request as such, for instance a stream without a name.
    #[error("event log refuses the append: {0}")]
    Invalid(String),
}

/// Why a read did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The stream is tombstoned for good.
    #[error("stream {0:?} is deleted")]
    Deleted(String),
    /// The log could not be reached, or did not answer in time.
    #[error("event log is unavailable: {0}")]
    Unavailable(String),
    /// The log refuses these credentials.
    #[error("event log denies access")]
    Denied,
    /// The log refuses the request as such, for instance a position that is no fact's.
    #[error("event log refuses the read: {0}")]
    Invalid(String),
}
