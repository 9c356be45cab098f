//! Measures the event log through [`eventlog::EventLog`], as the rest of the house uses it.
//!
//! **Invariant:** every figure is printed next to a calibration of the same run: one-row inserts of
//! about the same size into Postgres, on the same disk, with its durable defaults.

mod appends;
mod delivery;
mod memory;
mod reads;
mod written;

use std::time::{Duration, Instant};

use clap::Args;
use eventlog::{
    EventLog,
    server::{EmbeddedLog, Handle, Options},
};

pub(crate) use self::memory::{ServeArguments, serve};
use crate::{postgres::Postgres, scratch};

/// What `bench log` may be told.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: scratch::Place,
    /// Seconds that each measurement of writes takes.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Facts in the log when it is read and started.
    #[arg(long, default_value_t = 1_000_000)]
    facts: u64,
    /// Streams in another log, of one fact each, when that is started.
    #[arg(long, default_value_t = 1_000_000)]
    streams: u64,
}

/// Runs the measurements and prints them, each as soon as it is known.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let within = Duration::from_secs(arguments.seconds);
    let directory = arguments.place.directory()?;
    let postgres = Postgres::start(&arguments.place, directory.path())?;
    let inserts = postgres.inserts(within)?;
    drop(postgres);

    let data = directory.path().join("log");
    let node = start(&data).await?;
    let log = EventLog::connect(&node.connection_string(), eventlog::Options::default()).await?;
    for (callers, inserts) in [(1, inserts.one), (64, inserts.sixty_four)] {
        let rate = appends::measure(&log, callers, within).await?;
        println!(
            "append         {callers:>2} callers {rate} = {:.2} × P{callers}",
            rate.per_second() / inserts
        );
    }
    let delivered = delivery::measure(&log, 5_000).await?;
    let one = Duration::from_secs_f64(1.0 / inserts.one);
    println!(
        "live delivery  {delivered}: half of them within {:.1} × what P1 takes for one",
        delivered.half().div_duration_f64(one)
    );

    written::fill(&log, arguments.facts).await?;
    for (what, rate) in
        [("read_all", reads::read_all(&log).await?), ("catch-up", reads::catch_up(&log).await?)]
    {
        println!("{what:<14} {rate:>9.0} facts/s = {:.0} × P64", rate / inserts.sixty_four);
    }

    drop(log);
    node.shutdown().await;
    let (node, took) = start_until_answered(&data).await?;
    println!("start          {took:?} with {} facts", arguments.facts);
    println!("look           {:.1?} at everything, after the start", node.inspected().await);
    node.shutdown().await;

    println!("verify         {:>9.0} facts/s", verify(&data)?);
    println!("memory         {}", memory::measure(&data).await?);

    let data = directory.path().join("streams");
    let node = start(&data).await?;
    let log = EventLog::connect(&node.connection_string(), eventlog::Options::default()).await?;
    written::begin(&log, arguments.streams).await?;
    drop(log);
    node.shutdown().await;
    let (node, took) = start_until_answered(&data).await?;
    println!("start          {took:?} with {} streams", arguments.streams);
    node.shutdown().await;
    Ok(())
}

/// Starts the log in `data`, and says after how long it has answered.
async fn start_until_answered(data: &std::path::Path) -> anyhow::Result<(Handle, Duration)> {
    let begun = Instant::now();
    let node = start(data).await?;
    let log = EventLog::connect(&node.connection_string(), eventlog::Options::default()).await?;
    log.ping().await?;
    Ok((node, begun.elapsed()))
}

/// Facts per second.
fn verify(data: &std::path::Path) -> anyhow::Result<f64> {
    let begun = Instant::now();
    let report = eventlog::server::verify(data, |_| {})?;
    Ok(f64::from(u32::try_from(report.facts)?) / begun.elapsed().as_secs_f64())
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
