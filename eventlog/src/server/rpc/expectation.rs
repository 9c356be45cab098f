//! What a caller expects of a stream.

use tonic::Status;

use super::status;
use crate::server::{
    fact::METADATA_PREFIX,
    wire::{self, ExpectedRevision, StreamOptions},
    writer::Expected,
};

/// Longest name of a stream. The log remembers many of them, and no protocol says how long one may
/// be.
const NAME_BYTES_MAX: usize = 2048;

/// The stream that `options` name and what it must look like. `call` is the protocol's name of the
/// message, for the refusal.
pub(super) fn target(options: StreamOptions, call: &str) -> Result<(String, Expected), Status> {
    let stream = stream_name(options.stream_identifier)?;
    let expected = options.expected.ok_or_else(|| {
        status::not_valid(&format!(
            "EventStore.Client.Streams.{call}+Types+Options+ExpectedStreamRevisionOneofCase"
        ))
    })?;
    if stream == METADATA_PREFIX {
        return Err(Status::invalid_argument("'$$' is not the name of a stream"));
    }
    Ok((stream, expected.into()))
}

/// The stream's name, if it is one.
pub(super) fn stream_name(identifier: Option<wire::StreamIdentifier>) -> Result<String, Status> {
    let name = identifier.unwrap_or_default().stream_name;
    if name.is_empty() {
        return Err(status::thrown());
    }
    if name.len() > NAME_BYTES_MAX {
        return Err(Status::invalid_argument("the stream's name is too long"));
    }
    String::from_utf8(name.into()).map_err(|_| status::thrown())
}

impl From<ExpectedRevision> for Expected {
    fn from(expected: ExpectedRevision) -> Self {
        match expected {
            ExpectedRevision::Revision(revision) => Self::Last(Some(revision)),
            ExpectedRevision::NoStream(_) => Self::Last(None),
            ExpectedRevision::Any(_) => Self::Any,
            ExpectedRevision::StreamExists(_) => Self::StreamExists,
        }
    }
}
