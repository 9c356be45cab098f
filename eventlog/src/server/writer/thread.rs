//! The thread that owns the end of the log.

use std::{io, sync::Arc, thread, time::Instant};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{
    OwnedSemaphorePermit, Semaphore,
    mpsc::{self, error::TryRecvError},
    watch,
};

use super::{
    group::{Group, Memory},
    request::{Refusal, Request, Written},
};
use crate::server::{
    clock,
    fact::Fact,
    storage::{Lock, Seal, Snapshot, StorageError},
    tail::Tail,
};

/// How many requests are committed together at most.
const GROUP_REQUESTS_MAX: usize = 1024;
/// How many bytes are committed together at most.
const GROUP_BYTES_MAX: usize = 4 << 20;
/// How many requests wait at most; whoever has more to write waits for room.
const QUEUE_REQUESTS_MAX: usize = 4096;
/// How many KiB wait at most.
const QUEUE_KIB_MAX: u32 = 16 << 10;

/// The way to the writer. Once all of them are dropped, the thread ends.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    requests: mpsc::Sender<Queued>,
    room: Arc<Semaphore>,
}

#[derive(Debug)]
struct Queued {
    request: Request,
    _room: OwnedSemaphorePermit,
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

/// A writer at work.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) queue: Queue,
    pub(crate) tail: Arc<Tail>,
    /// Whether it has stopped for good.
    pub(crate) failed: watch::Receiver<bool>,
    /// Ends once every [`Queue`] is dropped.
    pub(crate) thread: thread::JoinHandle<()>,
}

/// Start the writer of the log in `connection`.
pub(crate) fn start(connection: Connection, seal: Seal, lock: Lock) -> Result<Running, StartError> {
    let memory = Memory::load(&Snapshot::new(&connection, &seal))?;
    let tail = Arc::new(Tail::new(memory.head()));
    let (requests, queue) = mpsc::channel(QUEUE_REQUESTS_MAX);
    let (failing, failed) = watch::channel(false);
    let writer =
        Writer { connection, seal, memory, tail: Arc::clone(&tail), failed: failing, _lock: lock };
    let thread =
        thread::Builder::new().name("log-writer".to_owned()).spawn(|| writer.run(queue))?;
    let room = Arc::new(Semaphore::new(QUEUE_KIB_MAX as usize));
    Ok(Running { queue: Queue { requests, room }, tail, failed, thread })
}

/// Why the writer could not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// The end of the log cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// There is no thread to be had.
    #[error("writer thread cannot be started")]
    Thread(#[from] io::Error),
}

type Outcome = Result<Written, Refusal>;

struct Writer {
    connection: Connection,
    seal: Seal,
    memory: Memory,
    tail: Arc<Tail>,
    failed: watch::Sender<bool>,
    _lock: Lock,
}

impl Writer {
    fn run(mut self, mut queue: mpsc::Receiver<Queued>) {
        let mut group = Vec::new();
        while let Some(first) = queue.blocking_recv() {
            collect(&mut group, first, &mut queue);
            let outcomes = self.write(&group);
            for (queued, outcome) in group.drain(..).zip(outcomes) {
                (queued.request.reply)(outcome);
            }
        }
    }

    /// Write a group and say what became of each of its requests.
    fn write(&mut self, group: &[Queued]) -> Vec<Outcome> {
        if *self.failed.borrow() {
            return vec![Err(Refusal::Stopped); group.len()];
        }
        self.memory.age();
        let refusal = match self.commit(group) {
            Ok((outcomes, facts)) => {
                self.tail.publish(facts);
                return outcomes;
            }
            Err(error) if error.is_full() => self.forget(Refusal::Full),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "commit failed");
                Refusal::Stopped
            }
        };
        if refusal == Refusal::Stopped {
            tracing::error!("the log writes nothing any more until it is started again");
            self.failed.send_replace(true);
        }
        vec![Err(refusal); group.len()]
    }

    fn commit(&mut self, group: &[Queued]) -> Result<(Vec<Outcome>, Vec<Fact>), StorageError> {
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut work = Group::new(&tx, &self.seal, &mut self.memory, clock::ticks());
        let now = Instant::now();
        let mut outcomes = Vec::with_capacity(group.len());
        for Queued { request, .. } in group {
            outcomes.push(if request.deadline <= now {
                Err(Refusal::Timeout)
            } else {
                work.apply(request)?
            });
        }
        let facts = work.finish()?;
        tx.commit()?;
        Ok((outcomes, facts))
    }

    /// After a commit that did not happen, know again only what stands in the file.
    fn forget(&mut self, refusal: Refusal) -> Refusal {
        match Memory::load(&Snapshot::new(&self.connection, &self.seal)) {
            Ok(memory) => {
                self.memory = memory;
                refusal
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "log cannot be read");
                Refusal::Stopped
            }
        }
    }
}

/// Take what waits, as far as it fits into one commit.
fn collect(group: &mut Vec<Queued>, first: Queued, queue: &mut mpsc::Receiver<Queued>) {
    let mut bytes = first.request.size;
    group.push(first);
    while group.len() < GROUP_REQUESTS_MAX && bytes < GROUP_BYTES_MAX {
        match queue.try_recv() {
            Ok(queued) => {
                bytes += queued.request.size;
                group.push(queued);
            }
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => return,
        }
    }
}
