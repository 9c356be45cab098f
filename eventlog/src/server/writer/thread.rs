//! The thread that owns the end of the log.

use std::{io, mem, sync::Arc, thread, time::Instant};

use tokio::sync::{
    OwnedSemaphorePermit, Semaphore,
    mpsc::{self, error::TryRecvError},
    watch,
};

use super::{
    disk::{CommitError, Disk},
    group::Group,
    memory::Memory,
    request::{Change, Refusal, Request, Written},
};
use crate::server::{
    alarm::Alarm,
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
    /// Whether purged payloads may still stand in the write-ahead log; see [`Change::Scrub`].
    pub(crate) unscrubbed: watch::Receiver<bool>,
    /// To be given by a task, see [`answer`]. Once it is dropped, the thread gives them itself.
    pub(crate) answers: mpsc::UnboundedReceiver<Answers>,
    /// Ends once every [`Queue`] is dropped.
    pub(crate) thread: thread::JoinHandle<()>,
}

/// Start the writer of a log whose end is known to be sound. It raises the `alarm` when it can
/// write no more.
pub(crate) fn start(disk: Disk, lock: Lock, alarm: Alarm) -> Result<Running, StartError> {
    let memory = disk.load()?;
    let tail = Arc::new(Tail::new(memory.head().position));
    let (requests, queue) = mpsc::channel(QUEUE_REQUESTS_MAX);
    let (telling, unscrubbed) = watch::channel(disk.is_unscrubbed());
    let (answering, answers) = mpsc::unbounded_channel();
    let writer = Writer {
        disk,
        memory,
        tail: Arc::clone(&tail),
        alarm,
        held: Vec::new(),
        answering,
        unscrubbed: telling,
        _lock: lock,
    };
    let thread =
        thread::Builder::new().name("log-writer".to_owned()).spawn(|| writer.run(queue))?;
    let room = Arc::new(Semaphore::new(QUEUE_KIB_MAX as usize));
    Ok(Running { queue: Queue { requests, room }, tail, unscrubbed, answers, thread })
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

/// What became of the requests of a group.
#[derive(Debug)]
pub(crate) struct Answers(Vec<(Queued, Outcome)>);

impl Answers {
    fn give(self) {
        for (queued, outcome) in self.0 {
            (queued.request.reply)(outcome);
        }
    }
}

/// Give all answers. A group is handed over as one, so that whoever passes its answers on is woken
/// once, and the thread goes on with the next group meanwhile.
pub(crate) async fn answer(mut answers: mpsc::UnboundedReceiver<Answers>) {
    while let Some(group) = answers.recv().await {
        group.give();
    }
}

struct Writer {
    disk: Disk,
    memory: Memory,
    tail: Arc<Tail>,
    alarm: Alarm,
    /// Answers that wait until purged payloads are gone from the write-ahead log.
    held: Vec<(Queued, Outcome)>,
    answering: mpsc::UnboundedSender<Answers>,
    unscrubbed: watch::Sender<bool>,
    _lock: Lock,
}

impl Writer {
    fn run(mut self, mut queue: mpsc::Receiver<Queued>) {
        let _guard = Guard(self.alarm.clone());
        while let Some(first) = queue.blocking_recv() {
            let group = collect(first, &mut queue);
            let outcomes = self.write(&group);
            self.answer(group.into_iter().zip(outcomes).collect());
            self.tend(Disk::scrub);
            self.answer_held();
            self.tend(Disk::tend);
        }
        self.tend(Disk::close);
        self.answer_held();
        let held = mem::take(&mut self.held);
        self.give(held.into_iter().map(|(queued, _)| (queued, Err(Refusal::Stopped))).collect());
    }

    /// Give these answers, or hold them back: whoever hears that a stream is gone for good may rely
    /// on its payloads being gone, also who asks for it a second time.
    fn answer(&mut self, mut answers: Vec<(Queued, Outcome)>) {
        if self.disk.is_unscrubbed() {
            let relies_on_purge = |(queued, _): &mut (Queued, Outcome)| match queued.request.change
            {
                Change::Tombstone => true,
                Change::Append(_) | Change::Delete | Change::PurgeExpired | Change::Scrub => false,
            };
            self.held.extend(answers.extract_if(.., relies_on_purge));
        }
        self.give(answers);
    }

    fn give(&self, answers: Vec<(Queued, Outcome)>) {
        if let Err(untaken) = self.answering.send(Answers(answers)) {
            untaken.0.give();
        }
    }

    /// Give the answers that were held back, if they are true by now.
    fn answer_held(&mut self) {
        let unscrubbed = self.disk.is_unscrubbed();
        self.unscrubbed.send_if_modified(|told| mem::replace(told, unscrubbed) != unscrubbed);
        let stopped = !self.alarm.allows_writing();
        if unscrubbed && !stopped {
            return;
        }
        let mut held = mem::take(&mut self.held);
        if unscrubbed {
            for (_, outcome) in &mut held {
                *outcome = Err(Refusal::Stopped);
            }
        }
        if !held.is_empty() {
            self.give(held);
        }
    }

    /// Write a group and say what became of each of its requests.
    fn write(&mut self, group: &[Queued]) -> Vec<Outcome> {
        let refusal = if !self.alarm.allows_writing() {
            Refusal::Stopped
        } else if self.disk.has_room() {
            self.memory.age();
            match self.commit(group) {
                Ok(outcomes) => return outcomes,
                Err(error) => self.refuse(error),
            }
        } else {
            Refusal::Full
        };
        vec![Err(refusal); group.len()]
    }

    fn commit(&mut self, group: &[Queued]) -> Result<Vec<Outcome>, CommitError> {
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
        }
        tail.publish(done.facts);
        Ok(outcomes)
    }

    /// Why a group was not written. After a full disk the writer goes on, knowing only what stands
    /// in the file; after anything else nothing can be said about the disk any more.
    fn refuse(&mut self, error: CommitError) -> Refusal {
        let (error, refusal) = match error {
            CommitError::Undone(error) => (error, Refusal::Full),
            CommitError::Unknown(error) => (error, Refusal::Stopped),
        };
        if error.is_full()
            && let Ok(memory) = self.disk.load()
        {
            self.memory = memory;
            return refusal;
        }
        self.alarm.raise(&error);
        Refusal::Stopped
    }

    /// Do what no answer depends on. What finds no room is done later.
    fn tend(&mut self, tend: impl FnOnce(&mut Disk) -> Result<(), StorageError>) {
        if !self.alarm.allows_writing() {
            return;
        }
        match tend(&mut self.disk) {
            Err(error) if !error.is_full() => self.alarm.raise(&error),
            Ok(()) | Err(_) => {}
        }
    }
}

/// Tells that the log can write no more if its writer panics.
struct Guard(Alarm);

impl Drop for Guard {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.stop(&Panicked);
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the log's writer has panicked")]
struct Panicked;

/// Take what waits, as far as it fits into one commit.
fn collect(first: Queued, queue: &mut mpsc::Receiver<Queued>) -> Vec<Queued> {
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

#[cfg(test)]
mod tests;
