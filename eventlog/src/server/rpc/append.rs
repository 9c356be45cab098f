//! `Append`: one call writes to one stream.

use std::sync::Arc;

use tokio::time::{Instant, timeout_at};
use tonic::{Request, Response, Status, Streaming};

use super::{
    expectation::target,
    proposal::{APPEND_BYTES_MAX, Improper, Proposals},
    status, submit,
};
use crate::server::{
    log::Log,
    wire::{
        self, AppendContent, AppendReq, AppendResp, AppendResult, AppendSuccess, CurrentRevision,
        Empty, Expected2060, WrongExpectedVersion,
    },
    writer::{Change, Expected, Refusal, Written},
};

/// Answer the call.
pub(super) async fn append(
    log: Arc<Log>,
    request: Request<Streaming<AppendReq>>,
) -> Result<Response<AppendResp>, Status> {
    let deadline = Instant::now() + submit::timeout(request.metadata());
    let received = timeout_at(deadline, receive(&log, request.into_inner())).await;
    let (stream, expected, proposals) = received.unwrap_or_else(|_| Err(status::timed_out()))?;

    let name = stream.clone();
    let weight = proposals.weight();
    let (facts, room_held) = proposals.take();
    let patience = deadline.saturating_duration_since(Instant::now());
    let outcome =
        submit::submit(&log, stream, expected, Change::Append(facts), weight, patience).await;
    drop(room_held);
    let result = match outcome {
        Ok(written) => AppendResult::Success(success(written)),
        Err(Refusal::WrongRevision { current }) => {
            AppendResult::WrongExpectedVersion(wrong_expected_version(expected, current))
        }
        Err(Refusal::StreamDeleted) => return Err(status::stream_deleted(&name)),
        Err(Refusal::Timeout) => return Err(status::timed_out()),
        Err(Refusal::Full) => return Err(status::full()),
        Err(Refusal::Stopped) => return Err(status::disk_failed()),
    };
    Ok(Response::new(AppendResp { result: Some(result) }))
}

/// All of an append: where to, and its facts.
async fn receive(
    log: &Log,
    mut messages: Streaming<AppendReq>,
) -> Result<(String, Expected, Proposals), Status> {
    let Some(AppendReq { content: Some(AppendContent::Options(options)) }) =
        messages.message().await?
    else {
        return Err(status::thrown());
    };
    let (stream, expected) = target(options, "AppendReq")?;
    let mut proposals = Proposals::new(&log.room);
    while let Some(message) = messages.message().await? {
        let Some(AppendContent::ProposedMessage(message)) = message.content else {
            return Err(status::thrown());
        };
        proposals.add(&message).map_err(|improper| match improper {
            Improper::Lacks(property) => status::property_missing(property),
            Improper::Malformed => status::thrown(),
            Improper::TooLarge => status::append_too_large(APPEND_BYTES_MAX),
            Improper::NoRoom => status::busy(),
        })?;
    }
    Ok((stream, expected, proposals))
}

/// The answer to an append that was written.
pub(super) fn success(written: Written) -> AppendSuccess {
    AppendSuccess {
        current_revision: Some(current_revision(written.revision)),
        position: Some(written.position.into()),
    }
}

pub(super) fn current_revision(revision: Option<u64>) -> CurrentRevision {
    match revision {
        Some(revision) => CurrentRevision::Revision(revision),
        None => CurrentRevision::NoStream(Empty {}),
    }
}

fn wrong_expected_version(expected: Expected, current: Option<u64>) -> WrongExpectedVersion {
    let (expected, expected_20_6_0) = match expected {
        Expected::Any => (wire::Expected::Any(Empty {}), Expected2060::Any(Empty {})),
        Expected::StreamExists => {
            (wire::Expected::StreamExists(Empty {}), Expected2060::StreamExists(Empty {}))
        }
        Expected::Last(None) => {
            (wire::Expected::NoStream(Empty {}), Expected2060::Revision(u64::MAX))
        }
        Expected::Last(Some(revision)) => {
            (wire::Expected::Revision(revision), Expected2060::Revision(revision))
        }
    };
    let current_20_6_0 = Some(current_revision(current));
    let current = match current {
        Some(revision) => wire::Current::Revision(revision),
        None => wire::Current::NoStream(Empty {}),
    };
    WrongExpectedVersion {
        current_20_6_0,
        expected_20_6_0: Some(expected_20_6_0),
        current: Some(current),
        expected: Some(expected),
    }
}
