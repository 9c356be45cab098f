//! The thread that owns the end of the log.

use std::{io, mem, sync::Arc, thread, time::Instant};

use tokio::sync::{mpsc, watch};

use super::{
    disk::{CommitError, Disk},
    group::{Done, Group},
    memory::Memory,
    queue::{Queue, Queued, collect, queue},
    request::{Change, Refusal},
    settling::{Answers, Committed, Outcome, Settler, Settling},
};
use crate::server::{
    alarm::Alarm,
    clock,
    storage::{Lock, StorageError},
    tail::Tail,
};

/// A writer at work.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) queue: Queue,
    pub(crate) tail: Arc<Tail>,
    /// Whether purged payloads may still stand in the write-ahead log; see [`Change::Scrub`].
    pub(crate) unscrubbed: watch::Receiver<bool>,
    /// To be given by a task, see [`super::answer`]. Once it is dropped, the thread gives them itself.
    pub(crate) answers: mpsc::UnboundedReceiver<Answers>,
    /// Ends once every [`Queue`] is dropped.
    pub(crate) thread: thread::JoinHandle<()>,
}

/// Start the writer of a log whose end is known to be sound. It raises the `alarm` when it can
/// write no more.
pub(crate) fn start(disk: Disk, lock: Lock, alarm: Alarm) -> Result<Running, StartError> {
    let memory = disk.load()?;
    let tail = Arc::new(Tail::new(memory.head().position));
    let (queue, queued) = queue();
    let (telling, unscrubbed) = watch::channel(disk.is_unscrubbed());
    let (answering, answers) = mpsc::unbounded_channel();
    let (witness, wal) = disk.keepers()?;
    let settler =
        Settler { wal, witness, tail: Arc::clone(&tail), alarm: alarm.clone(), answering };
    let writer = Writer {
        disk,
        memory,
        tail: Arc::clone(&tail),
        alarm,
        held: Vec::new(),
        settling: Settling::start(settler)?,
        unscrubbed: telling,
        _lock: lock,
    };
    let thread =
        thread::Builder::new().name("log-writer".to_owned()).spawn(|| writer.run(queued))?;
    Ok(Running { queue, tail, unscrubbed, answers, thread })
}

/// Why the writer could not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// The end of the log cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// There is no thread to be had, or the write-ahead log cannot be had.
    #[error("writer cannot be started")]
    Thread(#[from] io::Error),
}

struct Writer {
    disk: Disk,
    memory: Memory,
    tail: Arc<Tail>,
    alarm: Alarm,
    /// Answers that wait until purged payloads are gone from the write-ahead log.
    held: Vec<(Queued, Outcome)>,
    settling: Settling,
    unscrubbed: watch::Sender<bool>,
    _lock: Lock,
}

impl Writer {
    fn run(mut self, mut queue: mpsc::Receiver<Queued>) {
        let _guard = Guard(self.alarm.clone());
        while let Some(first) = queue.blocking_recv() {
            let group = collect(first, &mut queue);
            self.write(group);
            self.tend(Disk::scrub);
            self.answer_held();
            self.tend(Disk::tend);
        }
        self.settling.wait();
        self.tend(Disk::close);
        self.answer_held();
        let held = mem::take(&mut self.held);
        self.give(Answers(held).stopped());
    }

    /// Hold some of these back: whoever hears that a stream is gone for good may rely on its payloads
    /// being gone, also who asks for it a second time.
    fn hold_back(&mut self, mut answers: Vec<(Queued, Outcome)>) -> Answers {
        if self.disk.is_unscrubbed() {
            let relies_on_purge = |(queued, _): &mut (Queued, Outcome)| match queued.request.change
            {
                Change::Tombstone => true,
                Change::Append(_) | Change::Delete | Change::PurgeExpired | Change::Scrub => false,
            };
            self.held.extend(answers.extract_if(.., relies_on_purge));
        }
        Answers(answers)
    }

    /// Give answers to what has written nothing.
    fn give(&self, answers: Answers) {
        self.settling.settle(Committed { end: None, facts: Vec::new(), answers });
    }

    /// Give the answers that were held back, if they are true by now.
    fn answer_held(&mut self) {
        let unscrubbed = self.disk.is_unscrubbed();
        self.unscrubbed.send_if_modified(|told| mem::replace(told, unscrubbed) != unscrubbed);
        let stopped = !self.alarm.allows_writing();
        if unscrubbed && !stopped {
            return;
        }
        if self.held.is_empty() {
            return;
        }
        let held = Answers(mem::take(&mut self.held));
        self.give(if unscrubbed { held.stopped() } else { held });
    }

    /// Write a group and have its requests answered.
    fn write(&mut self, group: Vec<Queued>) {
        let ahead = self.goes_ahead(&group);
        if !ahead {
            self.settling.wait();
        }
        let (outcomes, done) = match self.try_write(&group, ahead) {
            Ok(written) => written,
            Err(refusal) => (vec![Err(refusal); group.len()], Done::default()),
        };
        if done.purged {
            self.tail.forget();
        }
        let answers = self.hold_back(group.into_iter().zip(outcomes).collect());
        let end = (!done.facts.is_empty()).then(|| self.memory.head());
        let committed = Committed { end, facts: done.facts, answers };
        if ahead {
            self.settling.settle_meanwhile(committed);
        } else {
            self.settling.settle(committed);
        }
    }

    /// Whether the writer need not wait for the disk with `group`, because others have come
    /// meanwhile or will soon. What takes payloads off the disk is done by itself.
    fn goes_ahead(&self, group: &[Queued]) -> bool {
        let appends = |queued: &Queued| match queued.request.change {
            Change::Append(_) => true,
            Change::Delete | Change::Tombstone | Change::PurgeExpired | Change::Scrub => false,
        };
        (group.len() > 1 || self.settling.is_under_way())
            && !self.disk.is_unscrubbed()
            && group.iter().all(appends)
    }

    fn try_write(
        &mut self,
        group: &[Queued],
        ahead: bool,
    ) -> Result<(Vec<Outcome>, Done), Refusal> {
        if !self.alarm.allows_writing() {
            return Err(Refusal::Stopped);
        }
        if !self.disk.has_room() {
            return Err(Refusal::Full);
        }
        self.memory.age();
        self.commit(group, ahead).map_err(|error| self.refuse(error))
    }

    fn commit(
        &mut self,
        group: &[Queued],
        ahead: bool,
    ) -> Result<(Vec<Outcome>, Done), CommitError> {
        let Self { disk, memory, tail, .. } = self;
        disk.wait_in_commit(!ahead).map_err(CommitError::Undone)?;
        disk.commit(memory, |tx, seal, memory| {
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
            let done = work.finish()?;
            if ahead && let Some(last) = done.facts.last() {
                tail.announce(last.position);
            }
            Ok((outcomes, done))
        })
    }

    /// Why a group was not written. After a full disk the writer goes on, knowing only what stands
    /// in the file; after anything else nothing can be said about the disk any more.
    fn refuse(&mut self, error: CommitError) -> Refusal {
        self.settling.wait();
        // After a failed sync, what stands in the file before this group is not known to be kept.
        if self.alarm.allows_writing() {
            self.tail.withdraw();
        }
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
pub(super) struct Guard(pub(super) Alarm);

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

#[cfg(test)]
mod tests;
