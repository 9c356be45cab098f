//! The threads that hash, as many as there are cores.
//!
//! They are not the runtime's: the next hash begins when one ends, without a way through the
//! runtime in between. And on Linux they stand back behind everything else, so that those who do
//! not log in wait for nobody's hash.
//!
//! **Invariant:** at most [`HASH_QUEUE_MAX`] wait besides one for each core, and a job whose caller
//! has gone away by its turn is not done.

use std::{
    collections::VecDeque,
    num::NonZero,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

use schema::caps::HASH_QUEUE_MAX;
use tokio::sync::oneshot;

use super::{HashPool, memory::Workspace};

type Job = Box<dyn FnOnce(&mut Workspace) + Send>;

/// Ends its threads when it is dropped.
pub(super) struct Threads {
    shared: Arc<Shared>,
    cores: usize,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    running: usize,
    ended: bool,
}

impl Threads {
    pub(super) fn start() -> Self {
        let shared = Arc::<Shared>::default();
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        for _ in 0..cores {
            let shared = Arc::clone(&shared);
            let thread = thread::Builder::new().name("hasher".to_owned());
            thread.spawn(move || shared.work()).expect("the system has threads to spare");
        }
        Self { shared, cores }
    }

    /// Where `work` will put what it makes; `None` if too many wait already.
    pub(super) fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Workspace) -> T + Send + 'static,
    ) -> Option<oneshot::Receiver<T>> {
        let (made, receiver) = oneshot::channel();
        let job = Box::new(move |workspace: &mut Workspace| {
            if !made.is_closed() {
                let _gone = made.send(work(workspace));
            }
        });
        let mut state = self.shared.state();
        if state.running + state.waiting.len() >= self.cores + HASH_QUEUE_MAX {
            return None;
        }
        state.waiting.push_back(job);
        drop(state);
        self.shared.changed.notify_one();
        Some(receiver)
    }

    pub(super) fn pool(&self) -> HashPool {
        let state = self.shared.state();
        HashPool { running: state.running, waiting: state.waiting.len() }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.ended = true;
        state.waiting.clear();
        drop(state);
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        stand_back();
        let mut workspace = Workspace::default();
        while let Some(job) = self.next(&mut workspace) {
            // Told to the caller, who finds nothing made; the next one needs the thread.
            let _panicked = catch_unwind(AssertUnwindSafe(|| job(&mut workspace)));
            self.state().running -= 1;
        }
    }

    /// The next job; `None` at the end. Gives memory back when none comes.
    fn next(&self, workspace: &mut Workspace) -> Option<Job> {
        let mut state = self.state();
        loop {
            if state.ended {
                return None;
            }
            if let Some(job) = state.waiting.pop_front() {
                state.running += 1;
                return Some(job);
            }
            let Some(patience) = workspace.patience() else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let waited = self.changed.wait_timeout(state, patience);
            let (woken, waited) = waited.unwrap_or_else(PoisonError::into_inner);
            state = woken;
            if waited.timed_out() && state.waiting.is_empty() {
                drop(state);
                workspace.rest();
                state = self.state();
            }
        }
    }
}

/// Elsewhere the whole process would stand back.
#[cfg(target_os = "linux")]
fn stand_back() {
    /// Half the weight of a thread that does not.
    const NICER: i32 = 3;
    if let Err(error) = rustix::process::nice(NICER) {
        tracing::debug!(%error, "threads that hash do not stand back");
    }
}

#[cfg(not(target_os = "linux"))]
fn stand_back() {}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::mpsc;

    use schema::caps::HASH_QUEUE_MAX;

    use super::Threads;
    use crate::HashPool;

    /// Occupies all threads until the senders are dropped.
    pub(in crate::password) fn occupied(threads: &Threads) -> Vec<mpsc::Sender<()>> {
        let occupy = |_| {
            let (sender, released) = mpsc::channel::<()>();
            let (busy, is_busy) = mpsc::channel();
            let job = threads.run(move |_| {
                busy.send(()).unwrap();
                let _released = released.recv();
            });
            assert!(job.is_some());
            is_busy.recv().unwrap();
            sender
        };
        (0..threads.cores).map(occupy).collect()
    }

    #[tokio::test]
    async fn a_full_queue_refuses_and_an_empty_one_takes_again() {
        let threads = Threads::start();
        let occupied = occupied(&threads);
        let waiting: Vec<_> =
            (0..HASH_QUEUE_MAX).map(|number| threads.run(move |_| number).unwrap()).collect();
        assert!(threads.run(|_| ()).is_none());
        let (running, queued) = (threads.cores, HASH_QUEUE_MAX);
        assert_eq!(threads.pool(), HashPool { running, waiting: queued });
        drop(occupied);
        for (number, made) in waiting.into_iter().enumerate() {
            assert_eq!(made.await, Ok(number));
        }
        threads.run(|_| ()).unwrap().await.unwrap();
    }

    #[tokio::test]
    async fn nothing_is_done_for_who_has_gone() {
        let threads = Threads::start();
        let occupied = occupied(&threads);
        let (done, outcome) = mpsc::channel();
        drop(threads.run(move |_| done.send(())));
        drop(occupied);
        assert!(outcome.recv().is_err());
    }

    #[tokio::test]
    async fn a_panic_costs_no_thread() {
        let threads = Threads::start();
        for _ in 0..=threads.cores {
            let made = threads.run(|_| panic!("as asked for")).unwrap().await;
            assert!(made.is_err());
        }
        assert_eq!(threads.run(|_| 1).unwrap().await, Ok(1));
    }
}
