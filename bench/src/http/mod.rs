//! Measures the service on its public HTTP and WebSocket, next to what the same machine does
//! without it in the same run.

mod accounts;
mod bare;
mod client;
mod hashes;
mod idle;
mod load;
mod messages;
mod people;
mod refusals;
mod report;
mod requests;
mod service;
mod sockets;
mod starts;
mod turns;
mod watch;

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};

use self::{people::People, service::Process};
use crate::{postgres::Postgres, scratch};

pub(crate) use bare::{Arguments as BareArguments, serve as bare};

/// What `bench http` may be told.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: scratch::Place,
    /// Seconds that each closed loop takes.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Sockets of the burst, and of the memory that an idle one takes.
    #[arg(long, default_value_t = 1_000)]
    sockets: usize,
    /// Measure these parts and no others.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Part::ALL)]
    only: Vec<Part>,
    /// The program to measure; by default the one that was built beside this one.
    #[arg(long)]
    registre: Option<PathBuf>,
}

/// What can be measured by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Memory of a process that has nothing to do, and of sockets that wait.
    Idle,
    /// Registrations and logins, next to raw hashes.
    Accounts,
    /// Logins that are refused, next to one another.
    Refusals,
    /// Events that are created, next to durable inserts.
    Events,
    /// Reads, next to bare axum with one query.
    Reads,
    /// From a message to its frame.
    Frames,
    /// A burst to many sockets, next to bare axum's broadcast.
    Burst,
    /// Followers, rebuilds and audits of one history, next to what one core parses of it.
    Watch,
    /// Starts, with everything there and with empty read models.
    Starts,
}

impl Part {
    const ALL: [Self; 9] = [
        Self::Idle,
        Self::Accounts,
        Self::Refusals,
        Self::Events,
        Self::Reads,
        Self::Frames,
        Self::Burst,
        Self::Watch,
        Self::Starts,
    ];
}

/// Runs the measurements and prints them, each as soon as it is known.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let within = Duration::from_secs(arguments.seconds);
    let directory = arguments.place.directory()?;
    let program = arguments.registre.clone().map_or_else(service::beside, Ok)?;
    let postgres = Postgres::start(&arguments.place, directory.path())?;
    postgres.execute("postgres", "create database registre")?;
    postgres.execute("postgres", bare::TABLE)?;

    let data = directory.path().join("data");
    let database = postgres.url("registre");
    let registre = Process::registre(&program, &data, &database).await?;
    let bare = Process::bare(&postgres.url("postgres")).await?;
    registre.ready().await?;

    let wants = |part| arguments.only.contains(&part);
    // What the process takes by itself comes before anybody has asked it anything.
    if wants(Part::Idle) {
        idle::fresh(&registre).await?;
    }
    let people = People::appear(&registre).await?;
    if wants(Part::Idle) {
        idle::sockets(&registre, &people, arguments.sockets).await?;
    }
    if wants(Part::Accounts) {
        accounts::measure(&registre, within).await?;
    }
    if wants(Part::Refusals) {
        refusals::measure(&registre, &people).await?;
    }
    if wants(Part::Events) {
        println!("calibration    fsync {:>6.0}/s", report::fsyncs(directory.path(), within / 5)?);
        postgres.prepare_inserts()?;
        requests::events(&registre, &people, &postgres, within).await?;
    }
    if wants(Part::Reads) {
        requests::reads(&registre, &bare, &people, within).await?;
    }
    if wants(Part::Frames) {
        messages::frames(&registre, &people, within).await?;
    }
    if wants(Part::Burst) {
        messages::burst(&registre, &bare, &people, arguments.sockets).await?;
    }
    bare.stop_hard().await?;
    if wants(Part::Watch) {
        watch::measure(&program, &data, &database, &registre, &people, arguments.sockets).await?;
    }
    if wants(Part::Idle) {
        idle::after(&registre).await?;
    }
    if wants(Part::Starts) {
        return starts::measure(&program, &data, &postgres, registre).await;
    }
    registre.stop().await
}
