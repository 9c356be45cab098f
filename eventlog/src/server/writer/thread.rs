//! The thread that owns the end of the log.

use std::{io, sync::Arc, thread, time::Instant};

use tokio::sync::{
    OwnedSemaphorePermit, Semaphore,
    mpsc::{self, error::TryRecvError},
    watch,
};

use super::{
    disk::Disk,
    group::Group,
    memory::Memory,
    request::{Refusal, Request, Written},
};
use crate::server::{
    clock,
    storage::{Lock, StorageError},
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

/// Start the writer of a log whose end is known to be sound.
pub(crate) fn start(disk: Disk, lock: Lock) -> Result<Running, StartError> {
    let memory = disk.load()?;
    let tail = Arc::new(Tail::new(memory.head().position));
    let (requests, queue) = mpsc::channel(QUEUE_REQUESTS_MAX);
    let (failing, failed) = watch::channel(false);
    let writer = Writer { disk, memory, tail: Arc::clone(&tail), failed: failing, _lock: lock };
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
    disk: Disk,
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
            self.tend(Disk::tend);
        }
        self.tend(Disk::close);
    }

    /// Write a group and say what became of each of its requests.
    fn write(&mut self, group: &[Queued]) -> Vec<Outcome> {
        let refusal = if *self.failed.borrow() {
            Refusal::Stopped
        } else if self.disk.has_room() {
            self.memory.age();
            match self.commit(group) {
                Ok(outcomes) => return outcomes,
                Err(error) => self.refuse(&error),
            }
        } else {
            Refusal::Full
        };
        vec![Err(refusal); group.len()]
    }

    fn commit(&mut self, group: &[Queued]) -> Result<Vec<Outcome>, StorageError> {
        let Self { disk, memory, tail, .. } = self;
        let (outcomes, done) = disk.commit(memory, |tx, seal, memory| {
            let mut work = Group::new(tx, seal, memory, clock::ticks())?;
            let now = Instant::now();
            let mut outcomes = Vec::with_capacity(group.len());
            for Queued { request, .. } in group {
                outcomes.push(if request.deadline <= now {
                    Err(Refusal::Timeout)
                } else {
                    work.apply(request)?
                });
            }
            Ok((outcomes, work.finish()?))
        })?;
        if done.purged {
            tail.forget();
            disk.scrub()?;
        }
        tail.publish(done.facts);
        Ok(outcomes)
    }

    /// Why a group was not written. After a full disk, which has written nothing, the writer knows
    /// again only what stands in the file; after anything else nothing can be said any more.
    fn refuse(&mut self, error: &StorageError) -> Refusal {
        if error.is_full()
            && let Ok(memory) = self.disk.load()
        {
            self.memory = memory;
            return Refusal::Full;
        }
        self.fail(error);
        Refusal::Stopped
    }

    /// Do what need not be waited for.
    fn tend(&mut self, tend: impl FnOnce(&mut Disk) -> Result<(), StorageError>) {
        if *self.failed.borrow() {
            return;
        }
        match tend(&mut self.disk) {
            Err(error) if !error.is_full() => self.fail(&error),
            Ok(()) | Err(_) => {}
        }
    }

    fn fail(&self, error: &StorageError) {
        tracing::error!(
            error = error as &dyn std::error::Error,
            "the log writes nothing any more until it is started again"
        );
        self.failed.send_replace(true);
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
