//! The statuses of the protocol (contract 2.1). Clients compare their words.

use std::fmt::Write as _;

use tonic::{
    Code, Status,
    metadata::{MetadataMap, MetadataValue},
};

use crate::server::storage::StorageError;

/// What a caller is told for whom there is no room for now.
pub(super) const BUSY: &str = "Server Is Too Busy";

/// A request that a real server stumbles over.
pub(super) fn thrown() -> Status {
    Status::unknown("Exception was thrown by handler.")
}

/// A call that there is none of.
pub(super) fn unimplemented() -> Status {
    Status::unimplemented("Method is unimplemented.")
}

/// Part of a request is missing.
pub(super) fn not_valid(what: &str) -> Status {
    Status::invalid_argument(format!("'None' is not a valid {what}"))
}

/// The stream is gone for good.
pub(super) fn stream_deleted(stream: &str) -> Status {
    let mut trailers = exception("stream-deleted");
    insert(&mut trailers, "stream-name", stream);
    Status::with_metadata(
        Code::FailedPrecondition,
        format!("Event stream '{stream}' is deleted."),
        trailers,
    )
}

/// An append is larger than `bytes_max`.
pub(super) fn append_too_large(bytes_max: usize) -> Status {
    let mut trailers = exception("maximum-append-size-exceeded");
    insert(&mut trailers, "maximum-append-size", &bytes_max.to_string());
    Status::with_metadata(
        Code::InvalidArgument,
        format!("Maximum Append Size of {bytes_max} Exceeded."),
        trailers,
    )
}

/// A proposed fact has no `property`.
pub(super) fn property_missing(property: &str) -> Status {
    let mut trailers = exception("missing-required-metadata-property");
    insert(&mut trailers, "required-metadata-properties", "type,content-type");
    Status::with_metadata(
        Code::InvalidArgument,
        format!("Required Metadata Property '{property}' is missing"),
        trailers,
    )
}

/// A stream that was to be removed is not as `expected`, both in the protocol's numbers.
pub(super) fn delete_refused(stream: &str, expected: &str, actual: &str) -> Status {
    let mut trailers = exception("wrong-expected-version");
    insert(&mut trailers, "stream-name", stream);
    insert(&mut trailers, "expected-version", expected);
    insert(&mut trailers, "actual-version", actual);
    let message = format!(
        "Delete failed due to WrongExpectedVersion. Stream: {stream}, \
         Expected version: {expected}, Actual version: {actual}"
    );
    Status::with_metadata(Code::FailedPrecondition, message, trailers)
}

/// The append was not written in time. Nothing of it stands.
pub(super) fn timed_out() -> Status {
    Status::aborted("Operation timed out: the append waited too long for its turn.")
}

/// Too much is on its way. Nothing was written.
pub(super) fn busy() -> Status {
    Status::unavailable(BUSY)
}

/// There is no room. Nothing was written.
pub(super) fn full() -> Status {
    Status::resource_exhausted("The log's disk is full.")
}

/// Nothing is written any more, and what the disk was to keep last is not served.
pub(super) fn disk_failed() -> Status {
    Status::unavailable("Server Is Not Ready: the log's disk has failed, it has to be restarted.")
}

/// The log is about to end.
pub(super) fn stopping() -> Status {
    Status::unavailable("Server Is Not Ready: the log is shutting down.")
}

/// What is stored cannot be served. The error names the place, never a payload.
pub(super) fn storage(error: &StorageError) -> Status {
    match error {
        StorageError::Damaged { .. }
        | StorageError::StreamDamaged { .. }
        | StorageError::Page(_) => {
            tracing::error!(%error, "log is damaged");
            Status::data_loss(error.to_string())
        }
        StorageError::Sqlite(source) => {
            tracing::error!(error = %source, "log cannot be read");
            Status::unavailable("Server Is Not Ready: the log cannot be read.")
        }
        StorageError::Witness(_) | StorageError::Sync(_) | StorageError::Unkept => disk_failed(),
        StorageError::Stopped => stopping(),
    }
}

fn exception(name: &str) -> MetadataMap {
    let mut trailers = MetadataMap::new();
    insert(&mut trailers, "exception", name);
    trailers
}

fn insert(trailers: &mut MetadataMap, key: &'static str, value: &str) {
    if let Ok(value) = MetadataValue::try_from(percent_encoded(value)) {
        trailers.insert(key, value);
    }
}

/// Trailers are ASCII; everything else in a stream's name is percent-encoded.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for &byte in text.as_bytes() {
        if byte == b' ' || byte.is_ascii_graphic() {
            encoded.push(char::from(byte));
        } else {
            let _infallible = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
