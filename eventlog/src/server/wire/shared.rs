//! What several calls have in common.

use bytes::Bytes;
use prost::{Message, Oneof};
use uuid::Uuid as Id;

#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub(crate) struct Empty {}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct Uuid {
    #[prost(oneof = "UuidValue", tags = "1, 2")]
    pub(crate) value: Option<UuidValue>,
}

#[derive(Clone, PartialEq, Eq, Oneof)]
pub(crate) enum UuidValue {
    #[prost(message, tag = "1")]
    Structured(Structured),
    #[prost(string, tag = "2")]
    String(String),
}

/// The two halves of an id, each read as a big-endian number.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub(crate) struct Structured {
    #[prost(int64, tag = "1")]
    pub(crate) most_significant_bits: i64,
    #[prost(int64, tag = "2")]
    pub(crate) least_significant_bits: i64,
}

impl Uuid {
    pub(crate) fn string(id: Id) -> Self {
        Self { value: Some(UuidValue::String(id.to_string())) }
    }

    /// The id, if it is one.
    pub(crate) fn parse(&self) -> Option<Id> {
        match self.value.as_ref()? {
            UuidValue::Structured(halves) => Some(Id::from_u64_pair(
                halves.most_significant_bits.cast_unsigned(),
                halves.least_significant_bits.cast_unsigned(),
            )),
            UuidValue::String(text) => Id::try_parse(text).ok(),
        }
    }
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct StreamIdentifier {
    #[prost(bytes = "bytes", tag = "3")]
    pub(crate) stream_name: Bytes,
}

impl From<&str> for StreamIdentifier {
    fn from(name: &str) -> Self {
        Self { stream_name: Bytes::copy_from_slice(name.as_bytes()) }
    }
}

/// Wherever the protocol has a position.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub(crate) struct Position {
    #[prost(uint64, tag = "1")]
    pub(crate) commit_position: u64,
    #[prost(uint64, tag = "2")]
    pub(crate) prepare_position: u64,
}

impl From<u64> for Position {
    fn from(position: u64) -> Self {
        Self { commit_position: position, prepare_position: position }
    }
}
