//! The programs under measurement, as processes of their own.

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use super::client::{Call, Connection};

/// Whom the service under measurement is told to make its first administrator.
pub(super) const ADMINISTRATOR: &str = "administrator@example.com";
pub(super) const ADMINISTRATOR_PASSWORD: &str = "a password for a while";

/// What a start or a stop may take before the run fails.
const PATIENCE: Duration = Duration::from_mins(2);

/// In which Linux counts for `/proc`, whatever the machine.
const TICKS_PER_SECOND: u32 = 100;

/// A process that serves HTTP, killed with its owner.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    _said: Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// `registre serve` on `data`, its read models in `database`. What it logs stands beside `data`.
    pub(crate) async fn registre(
        program: &Path,
        data: &Path,
        database: &str,
    ) -> anyhow::Result<Self> {
        let mut command = Command::new(program);
        command.arg("serve").args(["--listen", "127.0.0.1:0"]).arg("--data").arg(data);
        command.env("DATABASE_URL", database).env("REGISTRE_METRICS_LISTEN", "127.0.0.1:0");
        command.env("FIRST_SUPERUSER_EMAIL", ADMINISTRATOR);
        command.env("FIRST_SUPERUSER_PASSWORD", ADMINISTRATOR_PASSWORD);
        let log = File::options().create(true).append(true).open(data.with_extension("log"))?;
        command.stderr(log);
        Self::start(command, "Registre serves http://").await
    }

    /// `bench bare` in front of `database`.
    pub(crate) async fn bare(database: &str) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("bare").args(["--database", database]);
        Self::start(command, "bare axum serves http://").await
    }

    async fn start(mut command: Command, says: &str) -> anyhow::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().with_context(|| format!("{command:?}"))?;
        let mut said = BufReader::new(child.stdout.take().context("it is piped")?).lines();
        let address = tokio::time::timeout(PATIENCE, async {
            while let Some(line) = said.next_line().await? {
                if let Some(address) = line.strip_prefix(says) {
                    return Ok(address.parse()?);
                }
            }
            bail!("{command:?} ended before it served")
        });
        let address = address.await.context("it does not serve")??;
        Ok(Self { child, address, _said: said })
    }

    /// Its memory that is in use, in bytes.
    pub(crate) fn resident(&self) -> anyhow::Result<u64> {
        let pid = self.child.id().context("it has ended")?;
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")).context("no VmRSS")?;
        Ok(kib.trim().parse::<u64>()? * 1024)
    }

    /// For how long it has kept cores busy.
    pub(crate) fn worked(&self) -> anyhow::Result<Duration> {
        let pid = self.child.id().context("it has ended")?;
        let told = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        // After the name, which may hold anything: the 14th and 15th of all fields.
        let fields = told.rsplit_once(')').context("no name")?.1.split_whitespace().skip(11);
        let ticks = fields.take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
        Ok(Duration::from_secs(ticks) / TICKS_PER_SECOND)
    }

    /// Waits until `/health/ready` says that everything works.
    pub(crate) async fn ready(&self) -> anyhow::Result<()> {
        let begun = Instant::now();
        let mut connection = Connection::open(self.address).await?;
        loop {
            let (status, body) = connection.answer(Call::get("/health/ready")).await?;
            let said = String::from_utf8_lossy(&body);
            if status.is_success() && said.contains("\"status\":\"ready\"") {
                return Ok(());
            }
            ensure!(begun.elapsed() < PATIENCE, "it does not get ready: {said}");
        }
    }

    /// Ends one that knows no good order.
    pub(crate) async fn stop_hard(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Ends it as a service manager does.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        let pid = self.child.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
        kill_process(pid.context("it has ended")?, Signal::TERM)?;
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        ensure!(ended.context("it does not stop")??.success(), "it did not stop in good order");
        Ok(())
    }
}

/// The program that stands beside this one.
pub(crate) fn beside() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?.with_file_name("registre");
    ensure!(program.exists(), "{} is not built", program.display());
    Ok(program)
}
