//! `BatchAppend`.

use bytes::Bytes;
use prost::{Message, Oneof};

use super::{
    AppendSuccess, Bounded, CurrentRevision, Empty, ProposedMessage, StreamIdentifier, Uuid,
};

/// One more fact than an append may hold, so that the append is refused rather than the call.
const PROPOSED_MESSAGES_MAX: usize = (1 << 16) + 1;

/// Its proposed messages have the number 3.
pub(crate) type BatchAppendReq = Bounded<BatchHead, ProposedMessage, 3, PROPOSED_MESSAGES_MAX>;

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct BatchHead {
    #[prost(message, optional, tag = "1")]
    pub(crate) correlation_id: Option<Uuid>,
    #[prost(message, optional, tag = "2")]
    pub(crate) options: Option<BatchOptions>,
    #[prost(bool, tag = "4")]
    pub(crate) is_final: bool,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct BatchOptions {
    #[prost(message, optional, tag = "1")]
    pub(crate) stream_identifier: Option<StreamIdentifier>,
    #[prost(oneof = "super::ExpectedRevision", tags = "2, 3, 4, 5")]
    pub(crate) expected: Option<super::ExpectedRevision>,
    #[prost(oneof = "Deadline", tags = "6, 7")]
    pub(crate) deadline: Option<Deadline>,
}

#[derive(Clone, Copy, PartialEq, Eq, Oneof)]
pub(crate) enum Deadline {
    /// A time, as seconds and nanoseconds since the Unix epoch.
    #[prost(message, tag = "6")]
    Until(Seconds),
    /// A length of time.
    #[prost(message, tag = "7")]
    Within(Seconds),
}

#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub(crate) struct Seconds {
    #[prost(int64, tag = "1")]
    pub(crate) seconds: i64,
    #[prost(int32, tag = "2")]
    pub(crate) nanos: i32,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct BatchAppendResp {
    #[prost(message, optional, tag = "1")]
    pub(crate) correlation_id: Option<Uuid>,
    #[prost(oneof = "BatchResult", tags = "2, 3")]
    pub(crate) result: Option<BatchResult>,
    #[prost(message, optional, tag = "4")]
    pub(crate) stream_identifier: Option<StreamIdentifier>,
}

#[derive(Clone, PartialEq, Eq, Oneof)]
pub(crate) enum BatchResult {
    #[prost(message, tag = "2")]
    Error(RpcStatus),
    #[prost(message, tag = "3")]
    Success(AppendSuccess),
}

/// A status within an answer, `google.rpc.Status`.
#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct RpcStatus {
    #[prost(int32, tag = "1")]
    pub(crate) code: i32,
    #[prost(string, tag = "2")]
    pub(crate) message: String,
    #[prost(message, optional, tag = "3")]
    pub(crate) details: Option<Any>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct Any {
    #[prost(string, tag = "1")]
    pub(crate) type_url: String,
    #[prost(bytes = "bytes", tag = "2")]
    pub(crate) value: Bytes,
}

/// `event_store.client.WrongExpectedVersion`.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub(crate) struct WrongExpectedVersionDetails {
    #[prost(oneof = "CurrentRevision", tags = "1, 2")]
    pub(crate) current: Option<CurrentRevision>,
    #[prost(oneof = "ExpectedPosition", tags = "3, 4, 5, 6")]
    pub(crate) expected: Option<ExpectedPosition>,
}

#[derive(Clone, Copy, PartialEq, Eq, Oneof)]
pub(crate) enum ExpectedPosition {
    #[prost(uint64, tag = "3")]
    Revision(u64),
    #[prost(message, tag = "4")]
    Any(Empty),
    #[prost(message, tag = "5")]
    StreamExists(Empty),
    #[prost(message, tag = "6")]
    NoStream(Empty),
}

/// `event_store.client.StreamDeleted`.
#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct StreamDeletedDetails {
    #[prost(message, optional, tag = "1")]
    pub(crate) stream_identifier: Option<StreamIdentifier>,
}

/// `event_store.client.MaximumAppendSizeExceeded`.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub(crate) struct TooLargeDetails {
    #[prost(uint32, tag = "1")]
    pub(crate) max_append_size: u32,
}

/// `event_store.client.BadRequest`.
#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct BadRequestDetails {
    #[prost(string, tag = "1")]
    pub(crate) message: String,
}
