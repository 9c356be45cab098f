//! Measures the event log through [`eventlog::EventLog`], as the rest of the house uses it.
//!
//! **Invariant:** every figure is printed next to a calibration of the same run: one-row inserts of
//! about the same size into Postgres, on the same disk, with its durable defaults.

mod appends;
mod delivery;
mod latencies;
mod postgres;
mod reads;
mod written;

use std::{path::PathBuf, time::Duration};

use anyhow::Context;
use clap::Parser;
use eventlog::{
    EventLog,
    server::{EmbeddedLog, Handle, Options},
};
use tempfile::TempDir;

/// Measures the embedded event log.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where the log and Postgres write for the time of the run. The default is the system's
    /// folder for temporary files.
    #[arg(long)]
    directory: Option<PathBuf>,
    /// Where `initdb`, `pg_ctl` and `pgbench` are.
    #[arg(long, default_value = "/usr/lib/postgresql/15/bin")]
    postgres: PathBuf,
    /// Whom they run as when this program runs as root, which they refuse.
    #[arg(long, default_value = "postgres")]
    postgres_user: String,
    /// Seconds that each measurement of writes takes.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Facts in the log when it is read and started.
    #[arg(long, default_value_t = 1_000_000)]
    facts: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let within = Duration::from_secs(arguments.seconds);
    let directory = match &arguments.directory {
        Some(parent) => TempDir::new_in(parent),
        None => TempDir::new(),
    }
    .context("no directory to measure in")?;

    let calibration = postgres::Calibration {
        programs: &arguments.postgres,
        user: &arguments.postgres_user,
        directory: directory.path(),
        within,
    };
    let inserts = calibration.measure()?;
    println!("calibration    P1 {:>9.0}/s    P64 {:>9.0}/s", inserts.one, inserts.sixty_four);

    let data = directory.path().join("log");
    let node = start(&data).await?;
    let log = EventLog::connect(&node.connection_string(), eventlog::Options::default()).await?;
    for (callers, inserts) in [(1, inserts.one), (64, inserts.sixty_four)] {
        let rate = appends::measure(&log, callers, within).await?;
        println!(
            "append         {callers:>2} callers {rate} = {:.2} × P{callers}",
            rate.per_second / inserts
        );
    }
    println!("live delivery  {}", delivery::measure(&log, 5_000).await?);

    written::fill(&log, arguments.facts).await?;
    println!("read_all       {:>9.0} facts/s", reads::read_all(&log).await?);
    println!("catch-up       {:>9.0} facts/s", reads::catch_up(&log).await?);

    drop(log);
    node.shutdown().await;
    let begun = std::time::Instant::now();
    let node = start(&data).await?;
    let log = EventLog::connect(&node.connection_string(), eventlog::Options::default()).await?;
    log.ping().await?;
    println!("start          {:?} with {} facts", begun.elapsed(), arguments.facts);
    node.shutdown().await;
    Ok(())
}

async fn start(data: &std::path::Path) -> anyhow::Result<Handle> {
    let options = Options {
        directory: data.to_owned(),
        listen: "127.0.0.1:0".parse()?,
        password: None,
        tls: None,
    };
    Ok(EmbeddedLog::start(options).await?)
}
