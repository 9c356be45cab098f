//! Programs that must not outlive us.

use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    os::unix::{fs::OpenOptionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use schema::caps::CHILD_STOP_WAIT;
use tokio::{sync::oneshot, time::timeout};
use tracing::warn;

use super::{program, unprivileged::Account};

/// How long a killed predecessor's program may take to go.
const BURIAL_WAIT: Duration = Duration::from_secs(10);
/// How often a dying predecessor is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

type Birth = (Command, oneshot::Sender<io::Result<Child>>);

/// Starts programs from a thread that lives as long as we do: the kernel sends their death signal
/// when the *thread* that started them ends.
#[derive(Clone, Debug)]
pub(crate) struct Nursery(mpsc::Sender<Birth>);

impl Nursery {
    pub(crate) fn open() -> Self {
        let (orders, births) = mpsc::channel::<Birth>();
        thread::spawn(move || {
            for (mut command, answer) in births {
                if let Err(Ok(mut orphan)) = answer.send(command.spawn()) {
                    // Nobody waits for it any more.
                    let _gone = orphan.kill().and_then(|()| orphan.wait());
                }
            }
        });
        Self(orders)
    }

    /// Starts `program` as `account`. Its output goes to `output`; it dies with us by `on_death`.
    pub(crate) async fn start(&self, program: Program<'_>) -> Result<Running> {
        let name = program.path.display().to_string();
        let command = program.command()?;
        let (answer, born) = oneshot::channel();
        self.0.send((command, answer)).ok().context("the thread that starts programs is gone")?;
        let child = born.await.context("the thread that starts programs is gone")?;
        let child = child.with_context(|| format!("cannot start {name}"))?;
        Ok(Running { name, child, stop_by: program.stop_by })
    }
}

/// A program to start.
pub(crate) struct Program<'a> {
    pub(crate) path: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) account: Option<Account>,
    /// A directory that the account may enter.
    pub(crate) folder: &'a Path,
    pub(crate) output: &'a Path,
    /// The signal that it gets when we are killed.
    pub(crate) on_death: &'static str,
    /// The signal that makes it stop in good order.
    pub(crate) stop_by: Signal,
}

impl Program<'_> {
    fn command(&self) -> Result<Command> {
        let mut command = wrapped(&self.path, self.account, self.on_death)?;
        let output = File::options().create(true).append(true).mode(0o600).open(self.output);
        let output = output.with_context(|| format!("cannot write {}", self.output.display()))?;
        command
            .args(&self.arguments)
            .current_dir(self.folder)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            // Its own group: Ctrl-C is for us, and we stop it in order.
            .process_group(0);
        Ok(command)
    }
}

/// `path` as `account`, with a death signal where the system knows such a thing.
pub(crate) fn wrapped(path: &Path, account: Option<Account>, on_death: &str) -> Result<Command> {
    let Ok(setpriv) = program::find("setpriv", "util-linux") else {
        if account.is_some() {
            bail!("setpriv is not installed; install the package util-linux");
        }
        return Ok(Command::new(path));
    };
    let mut command = Command::new(setpriv);
    if let Some(Account { uid, gid }) = account {
        command.arg(format!("--reuid={uid}")).arg(format!("--regid={gid}")).arg("--clear-groups");
    }
    command.arg(format!("--pdeathsig={on_death}")).arg("--").arg(path);
    Ok(command)
}

/// A program that runs until it is told to stop.
#[derive(Debug)]
pub(crate) struct Running {
    name: String,
    child: Child,
    stop_by: Signal,
}

impl Running {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended by itself.
    pub(crate) fn ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Stops it in good order, or not so good after [`CHILD_STOP_WAIT`].
    pub(crate) async fn stop(mut self) {
        let pid = Pid::from_child(&self.child);
        if kill_process(pid, self.stop_by).is_err() {
            return;
        }
        let name = self.name;
        let waiting = tokio::task::spawn_blocking(move || self.child.wait());
        if timeout(CHILD_STOP_WAIT, waiting).await.is_err() {
            warn!(program = name, "did not stop in time and is killed");
            let _gone = kill_process(pid, Signal::KILL);
        }
    }
}

/// Waits until the program whose pid stands in `pid_file` is gone: it belonged to a predecessor of
/// ours that was killed. It is one of ours only if `mark` stands on its command line; after
/// [`BURIAL_WAIT`] it is ended.
pub(crate) async fn bury_predecessor(pid_file: &Path, mark: &Path) {
    let text = fs::read_to_string(pid_file).unwrap_or_default();
    let pid = text.lines().next().and_then(|line| line.trim().parse().ok()).and_then(Pid::from_raw);
    let Some(pid) = pid.filter(|pid| is_ours(*pid, mark)) else { return };
    let gone = async {
        while test_kill_process(pid).is_ok() && is_ours(pid, mark) {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    if timeout(BURIAL_WAIT, gone).await.is_err() {
        warn!(pid = pid.as_raw_nonzero().get(), "a killed predecessor left a program behind");
        let _gone = kill_process(pid, Signal::QUIT);
    }
}

fn is_ours(pid: Pid, mark: &Path) -> bool {
    let arguments = fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).unwrap_or_default();
    let mark = mark.as_os_str().as_encoded_bytes();
    !mark.is_empty() && arguments.windows(mark.len()).any(|part| part == mark)
}
