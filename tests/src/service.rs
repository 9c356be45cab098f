//! `registre serve` as a process.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::Client;

/// What a hung service may cost before its test fails. No test passes because of it.
const PATIENCE: Duration = Duration::from_mins(2);

/// Address and password of the administrator of [`Service::administered`].
pub const ADMINISTRATOR: (&str, &str) = ("admin@example.com", "a longer secret");

/// A running service, killed with its test.
pub struct Service {
    child: Child,
    /// Its first listener, as a URL.
    pub url: String,
    /// What it printed when it started.
    pub banner: Vec<String>,
    data: PathBuf,
    folder: Option<TempDir>,
    errors_expected: bool,
    variables: Vec<(String, String)>,
}

impl Drop for Service {
    /// A test during which the service logged an error has failed, unless it caused it.
    fn drop(&mut self) {
        let said = self.said();
        let fine = self.errors_expected || std::thread::panicking() || !said.contains("\"ERROR\"");
        assert!(fine, "the service logged an error: {said}");
    }
}

/// How a service ended.
#[derive(Debug)]
pub struct Exit {
    /// Its exit code; `None` when it was killed.
    pub code: Option<i32>,
    /// What it said on standard error.
    pub said: String,
    /// What it printed on standard output; empty for a service that was stopped.
    pub printed: String,
}

/// What `awaited` gives.
///
/// # Errors
///
/// When it gives nothing for so long that it never will.
pub async fn patient<T>(awaited: impl Future<Output = T>) -> Result<T> {
    timeout(PATIENCE, awaited).await.context("it never came")
}

/// Waits until `holds`.
///
/// # Errors
///
/// When it never does.
pub async fn until(holds: impl Fn() -> bool) -> Result<()> {
    patient(async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    })
    .await
}

/// The binary under test, with nothing of the caller's environment that could configure it.
///
/// # Panics
///
/// When the tests' own path cannot be told.
#[must_use]
pub fn registre(data: &Path) -> Command {
    let mut command = tool();
    command
        .arg("serve")
        .args(["--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"])
        .arg("--data")
        .arg(data);
    command
}

/// The binary under test, without a subcommand.
///
/// # Panics
///
/// When the tests' own path cannot be told.
#[must_use]
pub fn tool() -> Command {
    let tests = std::env::current_exe().expect("a running program has a path");
    let built = tests.ancestors().nth(2).expect("tests are built below target/<profile>/deps");
    let mut command = Command::new(built.join("registre"));
    let configures = |name: &str| {
        let ours = ["REGISTRE_", "FIRST_SUPERUSER_"];
        ours.iter().any(|prefix| name.starts_with(prefix))
            || ["EVENTSTORE_URL", "DATABASE_URL", "NATS_URL"].contains(&name)
    };
    for (variable, _) in std::env::vars_os() {
        if variable.to_str().is_some_and(configures) {
            command.env_remove(variable);
        }
    }
    command.stdin(Stdio::null()).kill_on_drop(true);
    command
}

impl Service {
    /// A service with nothing configured and a data directory of its own.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn standalone() -> Result<Self> {
        Self::configured(&[]).await
    }

    /// A service with a data directory of its own and these variables in its environment.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn configured(variables: &[(&str, &str)]) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        // Postgres's unprivileged account has to enter it.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        let data = folder.path().join("data");
        let mut command = registre(&data);
        command.envs(variables.iter().copied());
        let mut service = Self::start(command, &data).await?;
        service.folder = Some(folder);
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        service.variables = variables.iter().map(owned).collect();
        Ok(service)
    }

    /// The same with an administrator, and the administrator.
    ///
    /// # Errors
    ///
    /// When it does not start or does not know them.
    pub async fn administered(variables: &[(&str, &str)]) -> Result<(Self, Client)> {
        let (email, password) = ADMINISTRATOR;
        let named = [("FIRST_SUPERUSER_EMAIL", email), ("FIRST_SUPERUSER_PASSWORD", password)];
        let service = Self::configured(&[&named, variables].concat()).await?;
        let administrator = service.client().log_in_as(email, password).await?;
        Ok((service, administrator))
    }

    /// The service that `command` starts on `data`, once it says that it serves.
    ///
    /// # Errors
    ///
    /// When it does not start; with what it said.
    pub async fn start(mut command: Command, data: &Path) -> Result<Self> {
        let log = data.with_extension("log");
        let stderr = fs::File::options().create(true).append(true).open(&log)?;
        let mut child = command.stdout(Stdio::piped()).stderr(stderr).spawn()?;
        let stdout = child.stdout.take().context("standard output is piped")?;
        let mut lines = BufReader::new(stdout).lines();
        let (mut url, mut banner) = (None, Vec::new());
        let serving = async {
            while let Some(line) = lines.next_line().await? {
                if let Some(told) = line.strip_prefix("Registre serves ") {
                    url.get_or_insert_with(|| told.to_owned());
                }
                let complete = line.contains("Ctrl-C");
                banner.push(line);
                if complete {
                    return Ok(());
                }
            }
            bail!("it ended: {}", fs::read_to_string(&log).unwrap_or_default())
        };
        timeout(PATIENCE, serving).await.context("it does not serve")??;
        let url = url.context("it names no URL")?;
        Ok(Self {
            child,
            url,
            banner,
            data: data.to_owned(),
            folder: None,
            errors_expected: false,
            variables: Vec::new(),
        })
    }

    /// A client of this service.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(&self.url)
    }

    /// Where its files are.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Its process.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub fn pid(&self) -> Result<u32> {
        self.child.id().context("it has ended already")
    }

    /// What it has said on standard error.
    #[must_use]
    pub fn said(&self) -> String {
        fs::read_to_string(self.data.with_extension("log")).unwrap_or_default()
    }

    /// Whatever it logs from here on, it was asked for.
    pub fn expect_errors(&mut self) {
        self.errors_expected = true;
    }

    /// Sends `signal` to its process.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let pid = self.child.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
        Ok(kill_process(pid.context("it has ended already")?, signal)?)
    }

    /// Ends it as `kill -9` does, and starts it again on the same data.
    ///
    /// # Errors
    ///
    /// When it cannot be killed or does not start again.
    pub async fn kill_and_restart(mut self) -> Result<Self> {
        self.child.kill().await?;
        self.restart().await
    }

    /// Ends it as `kill -9` does. Its files stay for as long as what is returned.
    ///
    /// # Errors
    ///
    /// When it cannot be killed.
    pub async fn kill(mut self) -> Result<Option<TempDir>> {
        self.child.kill().await?;
        Ok(self.folder.take())
    }

    /// Stops it as a service manager does, and starts it again on the same data.
    ///
    /// # Errors
    ///
    /// When it does not stop in good order or does not start again.
    pub async fn stop_and_restart(mut self) -> Result<Self> {
        self.halt().await?;
        self.restart().await
    }

    /// Stops it as a service manager does; its files stay.
    ///
    /// # Errors
    ///
    /// When it does not stop in good order.
    pub async fn halt(&mut self) -> Result<()> {
        let code = self.stop_process().await?;
        anyhow::ensure!(code == Some(0), "it ended with {code:?}: {}", self.said());
        Ok(())
    }

    /// Starts it again, after it has ended, on the same data.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn restart(mut self) -> Result<Self> {
        let mut command = registre(&self.data);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        let mut again = Self::start(command, &self.data).await?;
        again.variables.clone_from(&self.variables);
        again.folder = self.folder.take();
        again.errors_expected = self.errors_expected;
        Ok(again)
    }

    /// Stops it as a service manager does; tells how it ended.
    ///
    /// # Errors
    ///
    /// When it does not end.
    pub async fn stop(mut self) -> Result<Exit> {
        let code = self.stop_process().await?;
        Ok(Exit { code, said: self.said(), printed: String::new() })
    }

    async fn stop_process(&mut self) -> Result<Option<i32>> {
        self.signal(Signal::TERM)?;
        let status = timeout(PATIENCE, self.child.wait()).await.context("it does not stop")??;
        Ok(status.code())
    }
}

impl Exit {
    /// What it said to people: everything on standard error that is not a log line.
    #[must_use]
    pub fn sentences(&self) -> Vec<&str> {
        self.said.lines().filter(|line| !line.starts_with('{')).collect()
    }

    /// How `command` ends when it is expected to end by itself.
    ///
    /// # Errors
    ///
    /// When it does not.
    pub async fn of(mut command: Command) -> Result<Self> {
        let ended = timeout(PATIENCE, command.output()).await.context("it does not end")??;
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        let printed = String::from_utf8_lossy(&ended.stdout).into_owned();
        Ok(Self { code: ended.status.code(), said, printed })
    }
}
