//! A log in a process of its own, which can be stopped in the middle of anything.
//!
//! The process is this test program, called once more with the name of one test and a directory
//! for it.

use std::{
    env,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use eventlog::{
    AppendError, Direction, EventLog, Filter, ReadError, StreamFrom,
    server::{EmbeddedLog, Options},
};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use tempfile::TempDir;

use crate::{
    PATIENT, append_each, before, fact, is_lost, next_facts, numbers,
    outages::{HASTY, WATCHFUL, reached},
    until,
};

const DIRECTORY: &str = "LOG_OF_A_CLIENT_TEST";
const ME: &str = "process::the_other_process_serves_its_log";

#[tokio::test]
async fn the_other_process_serves_its_log() {
    let Some(directory) = env::var_os(DIRECTORY) else { return };
    let listen = "127.0.0.1:0".parse().unwrap();
    let options = Options { directory: directory.into(), listen, password: None, tls: None };
    let log = EmbeddedLog::start(options).await.unwrap();
    println!("\nserving {}", log.connection_string());
    log.failed().await;
}

/// The other process. Dropping it kills it.
struct Other {
    process: Child,
    url: String,
}

impl Other {
    fn start(directory: &Path) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args([ME, "--exact", "--nocapture"]).env(DIRECTORY, directory);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let serving = lines.map(Result::unwrap).find(|line| line.starts_with("serving "));
        let url = serving.expect("the other process has ended").replacen("serving ", "", 1);
        Self { process, url }
    }

    async fn connect(&self, options: eventlog::Options) -> EventLog {
        EventLog::connect(&self.url, options).await.unwrap()
    }

    /// Stops it in the middle of whatever it does. Nothing of it moves any more when this returns: a
    /// signal alone takes its time to reach the last of its threads.
    fn halt(&self) {
        let id = Pid::from_child(&self.process);
        kill_process(id, Signal::STOP).unwrap();
        let halted = waitpid(Some(id), WaitOptions::UNTRACED).unwrap();
        assert!(halted.is_some_and(|(_, status)| status.stopped()), "{halted:?}");
    }

    fn go_on(&self) {
        kill_process(Pid::from_child(&self.process), Signal::CONT).unwrap();
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _gone = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn log_whose_process_is_stopped_holds_nobody_up_and_everything_goes_on_with_it() {
    let directory = TempDir::new().unwrap();
    let other = Other::start(directory.path());
    let (hasty, patient) = (other.connect(HASTY).await, other.connect(PATIENT).await);
    let mut signals = other.connect(WATCHFUL).await.subscribe_all(Filter::ExcludeSystem, None);
    append_each(&patient, "s", 0..1).await;
    assert_eq!(numbers(&next_facts(&mut signals, 1).await), [0]);
    reached(&hasty).await;

    other.halt();
    let append = hasty.append("s", before(1), vec![fact(1)]).await;
    let read = hasty.read_stream("s", StreamFrom::Start, Direction::Forwards, 9).await;
    until(&mut signals, is_lost).await;
    other.go_on();

    assert!(matches!(append, Err(AppendError::OutcomeUnknown(_))), "{append:?}");
    assert!(matches!(read, Err(ReadError::Unavailable(_))), "{read:?}");
    append_each(&patient, "s", 1..3).await;
    assert_eq!(numbers(&next_facts(&mut signals, 2).await), [1, 2]);
}
