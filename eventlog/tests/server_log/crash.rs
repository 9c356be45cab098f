//! What was answered survives whatever happens to the process.
//!
//! The log runs in a process of its own: this test program, called once more with the name of one
//! test and a directory for it.

use std::{
    env,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use eventlog::server::{EmbeddedLog, Options, verify};
use eventstore::{
    AppendToStreamOptions, Client, Error, ReadStreamOptions, StreamPosition, StreamState,
};
use futures::future::join_all;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::{
    faults,
    harness::{Harness, client, fact, id},
};

const DIRECTORY: &str = "LOG_OF_A_CRASH_TEST";
const ME: &str = "crash::the_other_process_serves_its_log";

#[tokio::test]
async fn the_other_process_serves_its_log() {
    let Some(directory) = env::var_os(DIRECTORY) else { return };
    let listen: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let options = Options { directory: directory.into(), listen, password: None, tls: None };
    let log = EmbeddedLog::start(options).await.unwrap();
    println!("\nserving {} {}", std::process::id(), log.connection_string());
    log.failed().await;
    println!("\nfailed");
    std::future::pending::<()>().await;
}

/// The other process. Dropping it kills it.
pub(crate) struct Other {
    /// The log, or what it is wrapped in.
    process: Child,
    /// The log.
    id: String,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
    pub(crate) client: Client,
}

impl Other {
    /// Serve the log in `directory` from another process, run by `wrapper` if there is one.
    pub(crate) fn start(directory: &Path, wrapper: &[&str]) -> Self {
        let program = env::current_exe().unwrap();
        let mut command = match wrapper.split_first() {
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
            None => Command::new(program),
        };
        command.args([ME, "--exact", "--nocapture"]).env(DIRECTORY, directory);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let serving = wait_for(&mut lines, "serving ");
        let (id, url) = serving.split_once(' ').unwrap();
        Self { process, id: id.to_owned(), lines, client: client(url) }
    }

    /// Give the log no time to do anything more. What it is wrapped in ends with it.
    pub(crate) fn kill(&self) {
        let _gone = Command::new("kill").args(["-9", &self.id]).stderr(Stdio::null()).status();
    }

    /// Append one fact after the other from the revision `next` on, until one is not answered.
    /// Counts the answers in `total`, and says how many facts the stream has as far as they say.
    pub(crate) async fn append_while_it_can(
        self: Arc<Self>,
        stream: String,
        mut next: u64,
        total: Arc<AtomicU64>,
    ) -> u64 {
        while self.append(&stream, next).await.is_ok() {
            next += 1;
            total.fetch_add(1, Ordering::Relaxed);
        }
        next
    }

    pub(crate) async fn append(&self, stream: &str, revision: u64) -> Result<(), Error> {
        let expected = revision.checked_sub(1);
        let expected = expected.map_or(StreamState::NoStream, StreamState::StreamRevision);
        let options = AppendToStreamOptions::default().stream_state(expected);
        let facts = vec![fact(revision)];
        self.client.append_to_stream(stream, &options, facts).await.map(drop)
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        self.kill();
        let _gone = self.process.wait();
    }
}

/// What stands behind `word` in the next line that begins with it.
fn wait_for(
    lines: &mut std::io::Lines<BufReader<std::process::ChildStdout>>,
    word: &str,
) -> String {
    loop {
        let line = lines.next().expect("the other process has ended").unwrap();
        if let Some(rest) = line.strip_prefix(word) {
            return rest.to_owned();
        }
    }
}

/// Writers at work, each on a stream of its own.
pub(crate) struct Writers {
    tasks: Vec<JoinHandle<u64>>,
    total: Arc<AtomicU64>,
}

impl Writers {
    /// Each goes on after what it was `told`.
    pub(crate) fn start(other: &Arc<Other>, told: &[Told]) -> Self {
        let total = Arc::new(AtomicU64::new(0));
        let tasks = told.iter().enumerate().map(|(writer, told)| {
            let (other, total) = (Arc::clone(other), Arc::clone(&total));
            let stream = format!("writer-{writer}");
            tokio::spawn(other.append_while_it_can(stream, told.answered, total))
        });
        Self { tasks: tasks.collect(), total }
    }

    /// Wait until they were answered so often, all together.
    pub(crate) async fn until(&self, answers: u64) {
        while self.total.load(Ordering::Relaxed) < answers {
            tokio::task::yield_now().await;
        }
    }

    /// Wait until they can write no more, and note what they were told.
    pub(crate) async fn told(self, told: &mut [Told]) {
        for (writer, told) in self.tasks.into_iter().zip(told) {
            told.answered = writer.await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_answered_is_lost_when_the_process_is_killed() {
    const WRITERS: usize = 16;
    let directory = TempDir::new().unwrap();
    let rounds = faults::rounds("kills") as u64;
    let mut told = [Told::default(); WRITERS];
    for round in 0..rounds {
        let other = Arc::new(Other::start(directory.path(), &[]));
        let writers = Writers::start(&other, &told);
        writers.until(200 + 137 * (round % 5)).await;
        other.kill();
        writers.told(&mut told).await;
        drop(other);
        check_answered(directory.path(), &mut told).await.unwrap();
    }
    // Each round has looked at its own facts; all of them together are looked at once.
    let report = verify(directory.path(), |_| {}).unwrap();
    assert_eq!(report.facts, told.iter().map(|told| told.answered).sum::<u64>() + 1);
    println!("{rounds} kills, {} facts", report.facts);
}

/// What each writer's stream is known to hold, and what its writer was told it holds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Told {
    known: u64,
    pub(crate) answered: u64,
}

/// Every answered revision that was not looked at before is there, in order and once. One more may
/// be: its answer got lost. `Err` says what is wrong.
pub(crate) async fn check_answered(directory: &Path, told: &mut [Told]) -> Result<(), String> {
    let listen = "127.0.0.1:0".parse().unwrap();
    let options = Options { directory: directory.to_owned(), listen, password: None, tls: None };
    let handle = EmbeddedLog::start(options).await.map_err(|error| format!("{error:?}"))?;
    let client = client(&handle.connection_string());
    for (writer, told) in told.iter_mut().enumerate() {
        let from = told.known.saturating_sub(1);
        let there = from + revisions_from(&client, &format!("writer-{writer}"), from).await?;
        if !(told.answered..=told.answered + 1).contains(&there) {
            return Err(format!("{there} of {} facts of writer {writer}", told.answered));
        }
        *told = Told { known: there, answered: there };
    }
    handle.shutdown().await;
    Ok(())
}

/// How many facts a stream has from the revision `from` on, if they are the right ones.
async fn revisions_from(client: &Client, stream: &str, from: u64) -> Result<u64, String> {
    let start = ReadStreamOptions::default().position(StreamPosition::Position(from));
    let mut facts = client.read_stream(stream, &start).await.map_err(|error| error.to_string())?;
    let mut count = 0;
    loop {
        match facts.next().await {
            Ok(Some(found)) => {
                let found = found.get_original_event();
                if (found.revision, found.id) != (from + count, id(from + count)) {
                    return Err(format!("{stream} has {found:?} at {}", from + count));
                }
                count += 1;
            }
            Ok(None) | Err(Error::ResourceNotFound) => return Ok(count),
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// Runs a program and changes what its system calls do; `more` says what and where.
pub(crate) fn strace<'a>(more: &[&'a str]) -> Option<Vec<&'a str>> {
    let works = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).status();
    if !works.is_ok_and(|status| status.success()) {
        println!("skipped: strace cannot be run here, so the disk cannot be made to fail");
        return None;
    }
    let traced = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync"];
    Some([&traced, more].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_leaves_before_the_disk_has_answered() {
    let Some(slow) = strace(&["--inject=fsync,fdatasync:delay_exit=300000"]) else { return };
    let directory = TempDir::new().unwrap();
    let other = Other::start(directory.path(), &slow);
    for revision in 0..3 {
        let begun = Instant::now();
        other.append("slow", revision).await.unwrap();
        assert!(begun.elapsed() >= Duration::from_millis(300), "{:?}", begun.elapsed());
    }
    let many = (0..16).map(|writer| {
        let other = &other;
        async move {
            for revision in 0..3 {
                let begun = Instant::now();
                other.append(&format!("slow-{writer}"), revision).await.unwrap();
                assert!(begun.elapsed() >= Duration::from_millis(300), "{:?}", begun.elapsed());
            }
        }
    });
    join_all(many).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failed_sync_nothing_is_answered_until_the_log_is_started_again() {
    let failing = strace(&["--inject=fsync,fdatasync:error=EIO:when=30+"]);
    let Some(failing) = failing else { return };
    let directory = TempDir::new().unwrap();
    let mut other = Other::start(directory.path(), &failing);
    let mut answered = 0;
    while other.append("failing", answered).await.is_ok() {
        answered += 1;
    }
    wait_for(&mut other.lines, "failed");
    for _ in 0..3 {
        assert!(other.append("failing", answered).await.is_err());
        assert!(other.append("another", 0).await.is_err());
    }
    drop(other);
    let log = Harness::start_in(directory).await;
    let there = log.revisions("failing").await.len() as u64;
    assert!((answered..=answered + 1).contains(&there), "{there} of {answered}");
    log.append("another", StreamState::NoStream, &[1]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_sync_of_what_many_have_written_is_answered_to_none_of_them() {
    let Some(failing) = strace(&["--inject=fdatasync:error=EIO:when=30+"]) else { return };
    let directory = TempDir::new().unwrap();
    let other = Arc::new(Other::start(directory.path(), &failing));
    let mut told = [Told::default(); 16];
    Writers::start(&other, &told).told(&mut told).await;
    for _ in 0..3 {
        assert!(other.append("another", 0).await.is_err());
    }
    drop(other);
    check_answered(directory.path(), &mut told).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_sync_of_the_witness_counts_like_any_other() {
    let directory = TempDir::new().unwrap();
    let head = directory.path().join("head");
    // The first two are part of the start.
    let failing = ["-P", head.to_str().unwrap(), "--inject=fsync,fdatasync:error=EIO:when=3+"];
    let Some(failing) = strace(&failing) else { return };
    let mut other = Other::start(directory.path(), &failing);
    let mut answered = 0;
    while other.append("failing", answered).await.is_ok() {
        answered += 1;
    }
    wait_for(&mut other.lines, "failed");
    assert!(other.append("another", 0).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_for_whose_index_there_was_no_room_is_not_said_to_be_refused() {
    let directory = TempDir::new().unwrap();
    let index = directory.path().join("log.sqlite-shm");
    // The first eight make the index of the write-ahead log as large as it begins; the next is what
    // it first grows by.
    let growing = ["-e", "trace=pwrite64", "-P", index.to_str().unwrap()];
    let full = ["--inject=pwrite64:error=ENOSPC:when=9"];
    let Some(full) = strace(&[growing.as_slice(), &full].concat()) else { return };
    let other = Other::start(directory.path(), &full);
    let mut answered = 0;
    let unknown = loop {
        match other.append("growing", answered).await {
            Ok(()) => answered += 1,
            Err(unknown) => break unknown.to_string(),
        }
        assert!(answered < 10_000, "the index has grown");
    };
    // It may come to light if the process dies before the next one is written.
    assert!(!unknown.contains("full"), "{unknown}");

    for revision in answered..answered + 10 {
        other.append("growing", revision).await.unwrap();
    }
    drop(other);
    let log = Harness::start_in(directory).await;
    assert_eq!(log.revisions("growing").await.len() as u64, answered + 10);
}
