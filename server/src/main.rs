//! Registre, the one binary: configuration, roles, and the standalone mode.

mod admin;
mod arguments;
mod audit;
mod data;
mod environment;
mod erasures;
mod health;
mod keys;
mod log;
mod operator;
mod output;
mod projections;
mod reach;
mod recovery;
mod restored;
mod serve;
mod standalone;
mod telemetry;
mod users;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anyhow::{Context, Result, bail};
use clap::Parser;

use crate::arguments::{Arguments, Command};

/// A command makes hundreds of small allocations, many of them in one thread for another to free:
/// with the system's allocator a quarter of its time goes into that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            // Whoever has closed standard error goes by the exit code.
            let _unheard = writeln!(io::stderr(), "registre: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    // Before there is a second thread: the environment belongs to all of them.
    environment::complete()?;
    let Arguments { command } = Arguments::parse();
    // Two providers are compiled in; whoever asks first would otherwise choose.
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        bail!("another TLS provider was installed before ours");
    }
    telemetry::start(&log_filter(&command));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("cannot start threads")?.block_on(Box::pin(execute(command)))
}

/// What is logged where `RUST_LOG` does not say.
fn log_filter(command: &Command) -> String {
    match command {
        Command::Data(_) => data::log_filter(),
        Command::Serve(_)
        | Command::Migrate(_)
        | Command::Health(_)
        | Command::Log(_)
        | Command::Audit(_)
        | Command::Erasures(_)
        | Command::Backup(_)
        | Command::Restore(_)
        | Command::Keys(_)
        | Command::Admin(_)
        | Command::Users(_) => telemetry::DEFAULT.to_owned(),
        // What it does it prints.
        Command::Projections(_) => telemetry::QUIET.to_owned(),
    }
}

async fn execute(command: Command) -> Result<ExitCode> {
    match command {
        Command::Serve(options) => {
            environment::tell_unused();
            serve::run(*options).await?;
        }
        Command::Migrate(options) => ::projections::migrate(options.database_url.as_str()).await?,
        Command::Health(asked) => health::run(asked).await?,
        Command::Log(command) => log::run(command).await?,
        Command::Audit(command) => audit::run(command).await?,
        Command::Projections(command) => return projections::run(command).await,
        Command::Erasures(command) => Box::pin(erasures::run(command)).await?,
        Command::Backup(options) => recovery::backup(&options)?,
        Command::Restore(options) => Box::pin(recovery::restore(options)).await?,
        Command::Keys(command) => keys::run(command).await?,
        Command::Admin(command) => admin::run(command).await?,
        Command::Users(command) => users::run(command).await?,
        Command::Data(command) => return Ok(data::run(command).await),
    }
    Ok(ExitCode::SUCCESS)
}
