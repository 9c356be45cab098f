//! Measures the service on its public HTTP and WebSocket, next to what the same machine does
//! without it in the same run.

mod bare;
mod client;
mod hashes;
mod load;
mod messages;
mod report;
mod requests;
mod service;
mod sockets;
mod starts;

use std::{path::PathBuf, time::Duration};

use clap::Args;

use self::{report::Report, service::Process};
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
    /// The program to measure; by default the one that was built beside this one.
    #[arg(long)]
    registre: Option<PathBuf>,
}

/// Runs the measurements and prints them, each as soon as it is known.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let within = Duration::from_secs(arguments.seconds);
    let directory = arguments.place.directory()?;
    let program = arguments.registre.clone().map_or_else(service::beside, Ok)?;
    let postgres = Postgres::start(&arguments.place, directory.path())?;
    let report = Report::calibrated(&postgres, directory.path(), within)?;
    postgres.execute("postgres", "create database registre")?;
    postgres.execute("postgres", bare::TABLE)?;

    let data = directory.path().join("data");
    let database = postgres.url("registre");
    let registre = Process::registre(&program, &data, &database).await?;
    let bare = Process::bare(&postgres.url("postgres")).await?;
    registre.ready().await?;
    report::idle(&registre)?;

    let people = requests::people(&registre, &report, within).await?;
    requests::events(&registre, &bare, &people, &report, within).await?;
    messages::memory(&registre, &people, arguments.sockets).await?;
    messages::frames(&registre, &people, within).await?;
    messages::burst(&registre, &bare, &people, arguments.sockets).await?;
    bare.stop_hard().await?;
    starts::measure(&program, &data, &postgres, registre).await
}
