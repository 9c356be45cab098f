//! The way to the writer.

use std::sync::Arc;

use tokio::sync::{
    OwnedSemaphorePermit, Semaphore,
    mpsc::{self, error::TryRecvError},
};

use super::request::{Refusal, Request};

/// How many requests are committed together at most.
const GROUP_REQUESTS_MAX: usize = 1024;
/// How many bytes are committed together at most.
const GROUP_BYTES_MAX: usize = 4 << 20;
/// How many requests wait at most; whoever has more to write waits for room.
const QUEUE_REQUESTS_MAX: usize = 4096;
/// How many KiB wait at most.
const QUEUE_KIB_MAX: u32 = 16 << 10;

/// The way to the writer. Once all of them are dropped, its thread ends.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    requests: mpsc::Sender<Queued>,
    room: Arc<Semaphore>,
}

/// A request, and the room that it takes until it is answered.
#[derive(Debug)]
pub(super) struct Queued {
    pub(super) request: Request,
    _room: OwnedSemaphorePermit,
}

/// A queue, and its end.
pub(super) fn queue() -> (Queue, mpsc::Receiver<Queued>) {
    let (requests, queued) = mpsc::channel(QUEUE_REQUESTS_MAX);
    let room = Arc::new(Semaphore::new(QUEUE_KIB_MAX as usize));
    (Queue { requests, room }, queued)
}

impl Queue {
    /// Put `request` in line. It is answered by its `reply`, also if the writer has stopped.
    pub(crate) async fn submit(&self, request: Request) {
        let kib = u32::try_from(request.size / 1024 + 1).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).acquire_many_owned(kib.min(QUEUE_KIB_MAX)).await;
        let room = room.expect("the semaphore is never closed");
        if let Err(unsent) = self.requests.send(Queued { request, _room: room }).await {
            (unsent.0.request.reply)(Err(Refusal::Stopped));
        }
    }
}

/// Take what waits, as far as it fits into one commit.
pub(super) fn collect(first: Queued, queue: &mut mpsc::Receiver<Queued>) -> Vec<Queued> {
    let mut bytes = first.request.size;
    let mut group = vec![first];
    while group.len() < GROUP_REQUESTS_MAX && bytes < GROUP_BYTES_MAX {
        match queue.try_recv() {
            Ok(queued) => {
                bytes += queued.request.size;
                group.push(queued);
            }
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
        }
    }
    group
}
