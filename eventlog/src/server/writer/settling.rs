//! From a commit to its answers.
//!
//! Where one caller waits, the writer waits with it until the disk keeps what was committed. Where
//! many do, a thread of its own has the disk keep a group while the writer puts the next one
//! together, so that the disk and the processor are both at work.
//!
//! **Invariant:** what a group has written is on the disk, and after that written down by the
//! witness, before followers see it and before anybody hears of it; and groups are settled in the
//! order in which they were committed. After a sync that failed no group is answered any more.

use std::{
    fs::File,
    io,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{Builder, JoinHandle},
};

use tokio::sync::mpsc;

use super::{
    queue::Queued,
    request::{Refusal, Written},
    thread::Guard,
};
use crate::server::{
    alarm::Alarm,
    fact::Fact,
    storage::{Seen, StorageError, Witness},
    tail::Tail,
};

/// So many groups may wait for the disk: what the writer would gain by being further ahead, callers
/// would lose by waiting.
const GROUPS_WAITING_MAX: usize = 1;

pub(super) type Outcome = Result<Written, Refusal>;

/// What became of the requests of a group.
#[derive(Debug)]
pub(crate) struct Answers(pub(super) Vec<(Queued, Outcome)>);

impl Answers {
    fn give(self) {
        for (queued, outcome) in self.0 {
            (queued.request.reply)(outcome);
        }
    }

    /// Nothing can be said of these.
    pub(super) fn stopped(mut self) -> Self {
        self.0.iter_mut().for_each(|(_, outcome)| *outcome = Err(Refusal::Stopped));
        self
    }
}

/// Give all answers. A group is handed over as one, so that whoever passes its answers on is woken
/// once, and the thread goes on with the next group meanwhile.
pub(crate) async fn answer(mut answers: mpsc::UnboundedReceiver<Answers>) {
    while let Some(group) = answers.recv().await {
        group.give();
    }
}

/// A group that was committed, or refused.
#[derive(Debug)]
pub(super) struct Committed {
    /// Where the log ends with it, if it has facts.
    pub(super) end: Option<Seen>,
    pub(super) facts: Vec<Fact>,
    pub(super) answers: Answers,
}

/// Settles groups.
#[derive(Debug)]
pub(super) struct Settler {
    pub(super) wal: File,
    pub(super) witness: Witness,
    pub(super) tail: Arc<Tail>,
    pub(super) alarm: Alarm,
    pub(super) answering: mpsc::UnboundedSender<Answers>,
}

impl Settler {
    /// Settle `group`, which is on the disk.
    fn settle(&mut self, group: Committed) {
        let Committed { end, facts, answers } = group;
        let witnessed = end.map_or(Ok(()), |end| self.witness.record(end));
        if let Err(error) = witnessed {
            self.alarm.raise(&error.into());
            return self.give(answers.stopped());
        }
        self.tail.publish(facts);
        self.give(answers);
    }

    /// Have the disk keep `groups`, and settle them. A sync that failed is not tried again: a second
    /// one says nothing about what the first one lost.
    fn sync(&mut self, groups: Vec<Committed>) {
        if self.alarm.allows_writing()
            && let Err(error) = self.wal.sync_data()
        {
            self.alarm.raise(&StorageError::Sync(error));
        }
        let kept = self.alarm.allows_writing();
        for group in groups {
            if kept { self.settle(group) } else { self.give(group.answers.stopped()) }
        }
    }

    /// One answer is given at once; many are not, while the next group waits.
    fn give(&self, answers: Answers) {
        if answers.0.len() == 1 {
            return answers.give();
        }
        if let Err(untaken) = self.answering.send(answers) {
            untaken.0.give();
        }
    }
}

/// Has groups settled, at once or meanwhile.
#[derive(Debug)]
pub(super) struct Settling {
    settler: Arc<Mutex<Settler>>,
    later: Option<SyncSender<Committed>>,
    under_way: Arc<UnderWay>,
    thread: Option<JoinHandle<()>>,
}

impl Settling {
    pub(super) fn start(settler: Settler) -> io::Result<Self> {
        let settler = Arc::new(Mutex::new(settler));
        let under_way = Arc::new(UnderWay::default());
        let (later, groups) = sync_channel(GROUPS_WAITING_MAX);
        let (shared, counted) = (Arc::clone(&settler), Arc::clone(&under_way));
        let thread = Builder::new()
            .name("log-settler".to_owned())
            .spawn(move || run(&shared, groups, &counted))?;
        Ok(Self { settler, later: Some(later), under_way, thread: Some(thread) })
    }

    /// Whether there are groups that are not settled yet.
    pub(super) fn is_under_way(&self) -> bool {
        *self.under_way.count() > 0
    }

    /// Wait until all are settled.
    pub(super) fn wait(&self) {
        let count = self.under_way.count();
        let settled = self.under_way.fewer.wait_while(count, |count| *count > 0);
        drop(settled.unwrap_or_else(PoisonError::into_inner));
    }

    /// Settle `group`, which is on the disk as all before it are.
    pub(super) fn settle(&self, group: Committed) {
        self.wait();
        self.settler.lock().unwrap_or_else(PoisonError::into_inner).settle(group);
    }

    /// Have the disk keep `group` and settle it, meanwhile.
    pub(super) fn settle_meanwhile(&self, group: Committed) {
        *self.under_way.count() += 1;
        let later = self.later.as_ref().expect("it is taken only when this is dropped");
        if let Err(unsent) = later.send(group) {
            self.under_way.less(1);
            unsent.0.answers.stopped().give();
        }
    }
}

impl Drop for Settling {
    fn drop(&mut self) {
        self.later = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::warn!("the thread that settles what was written did not end in order");
        }
    }
}

fn run(settler: &Mutex<Settler>, groups: Receiver<Committed>, under_way: &UnderWay) {
    let _ended = Ended(under_way);
    // Closed before that is said, so that nothing more is sent by then.
    let groups = groups;
    while let Ok(first) = groups.recv() {
        let groups: Vec<_> = [first].into_iter().chain(groups.try_iter()).collect();
        let _settled = Settled { under_way, groups: groups.len() };
        let mut settler = settler.lock().unwrap_or_else(PoisonError::into_inner);
        let _guard = Guard(settler.alarm.clone());
        settler.sync(groups);
    }
}

/// How many groups are not settled yet.
#[derive(Debug, Default)]
struct UnderWay {
    count: Mutex<usize>,
    fewer: Condvar,
}

impl UnderWay {
    fn count(&self) -> MutexGuard<'_, usize> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn less(&self, groups: usize) {
        let mut count = self.count();
        *count = count.saturating_sub(groups);
        drop(count);
        self.fewer.notify_all();
    }
}

/// Nothing is under way any more once this is dropped, also by a panic: what still waits for a
/// thread that has ended is waited for in vain.
struct Ended<'a>(&'a UnderWay);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.less(usize::MAX);
    }
}

/// These groups are under way until this is dropped, also by a panic.
struct Settled<'a> {
    under_way: &'a UnderWay,
    groups: usize,
}

impl Drop for Settled<'_> {
    fn drop(&mut self) {
        self.under_way.less(self.groups);
    }
}

#[cfg(test)]
mod tests;
