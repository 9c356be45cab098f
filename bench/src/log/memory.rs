//! What a log holds in memory, in a process of its own.

use std::{
    fmt,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::Context;
use clap::Args;
use eventlog::{EventLog, Filter, Signal};
use futures::{StreamExt, future::try_join_all};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
};

use super::{
    start,
    written::{before, fact},
};

const SUBSCRIPTIONS: usize = 100;
/// Facts that each of them is given.
const DELIVERED: u64 = 1_000;

/// What `bench serve-log` is told.
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Where the log is.
    directory: PathBuf,
}

/// Serves a log until its owner lets go of it.
pub(crate) async fn serve(arguments: &ServeArguments) -> anyhow::Result<()> {
    let node = start(&arguments.directory).await?;
    node.inspected().await;
    println!("{}", node.connection_string());
    let owner =
        tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    owner.await??;
    node.shutdown().await;
    Ok(())
}

/// Resident memory of a log with subscriptions.
pub(crate) struct Memory {
    idle_mib: f64,
    busy_mib: f64,
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>9.1} MiB resident after {SUBSCRIPTIONS} subscriptions were given {DELIVERED} facts each, \
             {:.1} MiB before",
            self.busy_mib, self.idle_mib
        )
    }
}

/// Starts the log in `data` and follows it many times over.
pub(crate) async fn measure(data: &Path) -> anyhow::Result<Memory> {
    let mut serving = Command::new(std::env::current_exe()?)
        .arg("serve-log")
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let id = serving.id().context("it has ended already")?;
    let said = BufReader::new(serving.stdout.take().context("it is piped")?);
    let url = said.lines().next_line().await?.context("it says where it listens")?;
    let log = EventLog::connect(&url, eventlog::Options::default()).await?;
    log.ping().await?;
    let idle_mib = resident_mib(id)?;

    let filter = Filter::StreamPrefixes(vec!["remembered".to_owned()]);
    let from = log.append("remembered", before(0), vec![fact(1)]).await?.position;
    let followers = (0..SUBSCRIPTIONS).map(|_| {
        let mut signals = log.subscribe_all(filter.clone(), Some(from));
        async move {
            let mut left = DELIVERED;
            while left > 0 {
                match signals.next().await.context("the subscription ended")? {
                    Signal::Fact(_) => left -= 1,
                    Signal::Checkpoint(_) | Signal::CaughtUp => {}
                    Signal::Lost(reason) => anyhow::bail!("the log was lost: {reason}"),
                }
            }
            // Kept until all of them have everything.
            Ok(signals)
        }
    });
    let followed = try_join_all(followers);
    let written = async {
        for revision in 1..=DELIVERED {
            log.append("remembered", before(revision), vec![fact(1 + u128::from(revision))])
                .await?;
        }
        Ok(())
    };
    let (_following, ()) = tokio::try_join!(followed, written)?;
    let busy_mib = resident_mib(id)?;
    drop(serving.stdin.take());
    serving.wait().await?;
    Ok(Memory { idle_mib, busy_mib })
}

fn resident_mib(process: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = resident.and_then(|rest| rest.trim().strip_suffix(" kB"));
    let kib: u32 = kib.context("the system does not say what is resident")?.trim().parse()?;
    Ok(f64::from(kib) / 1024.0)
}
