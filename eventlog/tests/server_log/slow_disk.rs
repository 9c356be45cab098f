//! Who reads sees nothing that the disk does not keep, and waits for it no longer than it takes.
//!
//! The log runs in a process of its own, in which each sync takes [`SYNC`]. So a fact that is seen
//! earlier than that after its append began is one that no sync has kept.

use std::{
    collections::HashMap,
    future::Future,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use eventstore::{
    Client, Error, ReadAllOptions, ReadStreamOptions, RecordedEvent, StreamPosition,
    SubscribeToAllOptions, SubscribeToStreamOptions,
};
use tempfile::TempDir;
use tokio::{task::JoinSet, time::timeout};

use crate::{
    crash::{Other, strace},
    harness::next_fact,
};

const SYNC: Duration = Duration::from_millis(300);
const WRITERS: usize = 16;
/// Who has seen this revision of a stream has looked while many groups were written.
const REVISION: u64 = 8;
/// What is awaited for so long does not come.
const PATIENCE: Duration = Duration::from_mins(1);

/// When the append of each revision of each stream began.
type Begun = Arc<Mutex<HashMap<(String, u64), Instant>>>;

/// A log, and those who append to it without a rest.
struct Busy {
    other: Arc<Other>,
    begun: Begun,
    /// How many facts the first writer was told are written.
    answered: Arc<AtomicU64>,
    _writers: JoinSet<()>,
    _directory: TempDir,
}

impl Busy {
    fn start() -> Option<Self> {
        let delay = format!("--inject=fsync,fdatasync:delay_exit={}", SYNC.as_micros());
        let slow = strace(&[&delay])?;
        let directory = TempDir::new().unwrap();
        let other = Arc::new(Other::start(directory.path(), &slow));
        let (begun, answered) = (Begun::default(), Arc::<AtomicU64>::default());
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let (other, begun, answered) =
                (Arc::clone(&other), Arc::clone(&begun), Arc::clone(&answered));
            writers.spawn(async move {
                let stream = format!("writer-{writer}");
                for revision in 0.. {
                    begun.lock().unwrap().insert((stream.clone(), revision), Instant::now());
                    other.append(&stream, revision).await.unwrap();
                    if writer == 0 {
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        Some(Self { other, begun, answered, _writers: writers, _directory: directory })
    }

    fn client(&self) -> &Client {
        &self.other.client
    }

    fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// The disk has kept `fact`, which is seen now.
    fn check(&self, fact: &RecordedEvent) {
        let appended = (fact.stream_id().to_owned(), fact.revision);
        if let Some(begun) = self.begun.lock().unwrap().get(&appended) {
            assert!(begun.elapsed() >= SYNC, "{appended:?} is seen after {:?}", begun.elapsed());
        }
    }

    /// How many facts of the stream are seen.
    async fn read(&self, stream: &str) -> u64 {
        let options = ReadStreamOptions::default().position(StreamPosition::Start);
        let mut reading = self.client().read_stream(stream, &options).await.unwrap();
        let mut seen = 0;
        loop {
            match reading.next().await {
                Ok(Some(fact)) => self.check(fact.get_original_event()),
                Ok(None) | Err(Error::ResourceNotFound) => return seen,
                Err(error) => panic!("{error}"),
            }
            seen += 1;
        }
    }
}

/// What comes of `seen`, while the others go on.
async fn in_time<T>(seen: impl Future<Output = T>) -> T {
    timeout(PATIENCE, seen).await.expect("nobody waits for others to rest")
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_a_stream_sees_what_the_disk_keeps_while_others_go_on_writing() {
    let Some(busy) = Busy::start() else { return };
    in_time(async { while busy.read("writer-0").await <= REVISION {} }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_follows_sees_what_the_disk_keeps_while_others_go_on_writing() {
    let Some(busy) = Busy::start() else { return };
    let start = SubscribeToAllOptions::default().position(StreamPosition::Start);
    let mut all = busy.client().subscribe_to_all(&start).await;
    let start = SubscribeToStreamOptions::default().start_from(StreamPosition::Start);
    let mut one = busy.client().subscribe_to_stream("writer-0", &start).await;
    let follow_all = async {
        for _ in 0..REVISION * WRITERS as u64 {
            busy.check(next_fact(&mut all).await.get_original_event());
        }
    };
    let follow_one = async {
        for _ in 0..=REVISION {
            busy.check(next_fact(&mut one).await.get_original_event());
        }
    };
    in_time(Box::pin(async { tokio::join!(follow_all, follow_one) })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_fact_of_all_that_the_disk_keeps_is_told_without_waiting_for_the_next() {
    const READS: u64 = 20;
    let Some(busy) = Busy::start() else { return };
    in_time(async { while busy.read("writer-0").await == 0 {} }).await;
    let before = busy.answered();
    for _ in 0..READS {
        let last = ReadAllOptions::default().position(StreamPosition::End).max_count(1);
        let mut reading = in_time(busy.client().read_all(&last)).await.unwrap();
        let fact = in_time(reading.next()).await.unwrap().unwrap();
        busy.check(fact.get_original_event());
    }
    // Had each of them waited for a sync, a writer would have been answered after every other one.
    let meanwhile = busy.answered() - before;
    assert!(meanwhile < READS / 4, "{meanwhile} appends of one writer during {READS} reads");
}
