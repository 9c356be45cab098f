//! Registre, the one binary: configuration, roles, and the standalone mode.

mod arguments;
mod log;
mod serve;
mod standalone;
mod telemetry;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command};

#[tokio::main]
async fn main() -> ExitCode {
    // Two providers are compiled in; whoever asks first would otherwise choose.
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        eprintln!("registre: another TLS provider was installed before ours");
        return ExitCode::FAILURE;
    }
    let Arguments { command } = Arguments::parse();
    telemetry::start();
    let ended = match command {
        Command::Serve(options) => Box::pin(serve::run(options)).await,
        Command::Log(command) => Box::pin(log::run(command)).await,
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("registre: {error:#}");
            ExitCode::FAILURE
        }
    }
}
