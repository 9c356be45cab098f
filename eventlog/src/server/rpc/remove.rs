//! `Delete` and `Tombstone`: a stream is hidden until it is written to again, or ended for good.

use std::sync::Arc;

use tonic::Status;

use super::{expectation::target, status, submit};
use crate::server::{
    log::Log,
    wire::{RemoveReq, RemoveResp},
    writer::{Change, Expected, Refusal},
};

/// Make `change`, which removes the stream.
pub(super) async fn remove(
    log: Arc<Log>,
    request: RemoveReq,
    change: Change,
) -> Result<RemoveResp, Status> {
    let (stream, expected) = target(request.options.unwrap_or_default(), "DeleteReq")?;
    let name = stream.clone();
    match submit::submit(&log, stream, expected, change, 0, submit::WRITE_TIMEOUT).await {
        Ok(written) => Ok(RemoveResp { position: Some(written.position.into()) }),
        Err(Refusal::WrongRevision { current }) => Err(status::delete_refused(
            &name,
            &number(expected),
            &current.map_or_else(|| "-1".to_owned(), |revision| revision.to_string()),
        )),
        Err(Refusal::StreamDeleted) => Err(status::stream_deleted(&name)),
        Err(Refusal::Timeout) => Err(status::timed_out()),
        Err(Refusal::Full) => Err(status::full()),
        Err(Refusal::Stopped) => Err(status::disk_failed()),
    }
}

/// The number that stands for an expectation.
fn number(expected: Expected) -> String {
    match expected {
        Expected::Last(Some(revision)) => revision.to_string(),
        Expected::Last(None) => "-1".to_owned(),
        Expected::Any => "-2".to_owned(),
        Expected::StreamExists => "-4".to_owned(),
    }
}
