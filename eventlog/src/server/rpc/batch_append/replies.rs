//! The answers of a call, in the order in which they become known.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures::Stream;
use prost::Message;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tonic::{Code, Status};

use super::{
    super::{append, proposal::APPEND_BYTES_MAX, status},
    open::Refused,
};
use crate::server::{
    wire::{
        Any, BadRequestDetails, BatchAppendResp, BatchResult, Empty, ExpectedPosition, RpcStatus,
        StreamDeletedDetails, StreamIdentifier, TooLargeDetails, Uuid, WrongExpectedVersionDetails,
    },
    writer::{Expected, Refusal, Written},
};

/// How many appends of one call may be under way, answers that nobody has taken included.
const WAITING_MAX: u32 = 4096;

/// An answer, and the room that it takes until somebody has it.
type Item = (Result<BatchAppendResp, Status>, Option<OwnedSemaphorePermit>);

/// What the caller gets.
#[derive(Debug)]
pub(in crate::server::rpc) struct Replies {
    items: mpsc::UnboundedReceiver<Item>,
}

/// Makes places to reply to.
#[derive(Clone, Debug)]
pub(super) struct Replying {
    items: mpsc::UnboundedSender<Item>,
    room: Arc<Semaphore>,
}

/// The place of one append's reply.
#[derive(Debug)]
pub(super) struct Reply {
    correlation_id: Uuid,
    identifier: StreamIdentifier,
    items: mpsc::UnboundedSender<Item>,
    room: OwnedSemaphorePermit,
}

pub(super) fn channel() -> (Replying, Replies) {
    let (sender, items) = mpsc::unbounded_channel();
    let room = Arc::new(Semaphore::new(WAITING_MAX as usize));
    (Replying { items: sender, room }, Replies { items })
}

impl Replying {
    /// A place for the reply to `correlation_id`, once there is room for one.
    pub(super) async fn to(&self, correlation_id: Uuid, identifier: StreamIdentifier) -> Reply {
        let room = Arc::clone(&self.room).acquire_owned().await;
        let room = room.expect("the semaphore is never closed");
        Reply { correlation_id, identifier, items: self.items.clone(), room }
    }

    /// End the call with `status` after all that is under way is answered.
    pub(super) async fn end(&self, status: Status) {
        let everything = tokio::select! {
            everything = self.room.acquire_many(WAITING_MAX) => everything.is_ok(),
            () = self.items.closed() => false,
        };
        if everything {
            let _gone = self.items.send((Err(status), None));
        }
    }

    pub(super) async fn nobody_listens(&self) {
        self.items.closed().await;
    }
}

impl Reply {
    pub(super) fn send(self, result: BatchResult) {
        let Self { correlation_id, identifier, items, room } = self;
        let reply = BatchAppendResp {
            correlation_id: Some(correlation_id),
            result: Some(result),
            stream_identifier: Some(identifier),
        };
        let _gone = items.send((Ok(reply), Some(room)));
    }
}

impl Stream for Replies {
    type Item = Result<BatchAppendResp, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(ready!(self.items.poll_recv(context)).map(|(reply, _room)| reply))
    }
}

/// What is said of an append to the stream `identifier`.
pub(super) fn result(
    outcome: Result<Written, Refusal>,
    expected: Expected,
    identifier: StreamIdentifier,
) -> BatchResult {
    match outcome {
        Ok(written) => BatchResult::Success(append::success(written)),
        Err(Refusal::WrongRevision { current }) => error(
            Code::AlreadyExists,
            "WrongExpectedVersion",
            &WrongExpectedVersionDetails {
                current: Some(append::current_revision(current)),
                expected: Some(expected_position(expected)),
            },
        ),
        Err(Refusal::StreamDeleted) => error(
            Code::NotFound,
            "StreamDeleted",
            &StreamDeletedDetails { stream_identifier: Some(identifier) },
        ),
        Err(Refusal::Timeout) => Refused::Timeout.into(),
        Err(Refusal::Full) => unknown(Code::ResourceExhausted, "The log's disk is full."),
        Err(Refusal::Stopped) => unknown(Code::Unavailable, "Server Is Not Ready"),
    }
}

impl From<Refused> for BatchResult {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Busy => unknown(Code::Unavailable, status::BUSY),
            Refused::Timeout => error(Code::DeadlineExceeded, "Timeout", &Empty {}),
            Refused::TooLarge => {
                let max_append_size = u32::try_from(APPEND_BYTES_MAX).unwrap_or(u32::MAX);
                let details = TooLargeDetails { max_append_size };
                error(Code::InvalidArgument, "MaximumAppendSizeExceeded", &details)
            }
            Refused::BadRequest(why) => {
                let details = BadRequestDetails { message: why.to_owned() };
                error(Code::InvalidArgument, "BadRequest", &details)
            }
        }
    }
}

fn expected_position(expected: Expected) -> ExpectedPosition {
    match expected {
        Expected::Any => ExpectedPosition::Any(Empty {}),
        Expected::StreamExists => ExpectedPosition::StreamExists(Empty {}),
        Expected::Last(None) => ExpectedPosition::NoStream(Empty {}),
        Expected::Last(Some(revision)) => ExpectedPosition::Revision(revision),
    }
}

/// An error of the protocol: its message is the name of its details.
fn error(code: Code, name: &str, details: &impl Message) -> BatchResult {
    let value = Bytes::from(details.encode_to_vec());
    status(code, name, Any { type_url: type_url(name), value })
}

/// An error that the protocol has no details for.
fn unknown(code: Code, message: &str) -> BatchResult {
    status(code, message, Any { type_url: type_url("Unknown"), value: Bytes::new() })
}

fn status(code: Code, message: &str, details: Any) -> BatchResult {
    let message = message.to_owned();
    BatchResult::Error(RpcStatus { code: code as i32, message, details: Some(details) })
}

fn type_url(name: &str) -> String {
    format!("type.googleapis.com/event_store.client.{name}")
}
