//! Registre, the one binary: configuration, roles, and the standalone mode.

mod arguments;
mod environment;
mod health;
mod log;
mod serve;
mod standalone;
mod telemetry;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anyhow::{Context, Result, bail};
use clap::Parser;

use crate::arguments::{Arguments, Command};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Whoever has closed standard error goes by the exit code.
            let _unheard = writeln!(io::stderr(), "registre: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    // Before there is a second thread: the environment belongs to all of them.
    environment::complete()?;
    let Arguments { command } = Arguments::parse();
    // Two providers are compiled in; whoever asks first would otherwise choose.
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        bail!("another TLS provider was installed before ours");
    }
    telemetry::start();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("cannot start threads")?.block_on(Box::pin(execute(command)))
}

async fn execute(command: Command) -> Result<()> {
    match command {
        Command::Serve(options) => {
            environment::tell_unused();
            serve::run(*options).await
        }
        Command::Migrate(options) => Ok(projections::migrate(options.database_url.as_str()).await?),
        Command::Health(asked) => health::run(asked).await,
        Command::Log(command) => log::run(command).await,
    }
}
