//! `registre data`: makes believable people and machines through an Inventory API, ours or another.
//!
//! **Invariant:** it knows the service by its HTTP routes alone. Lines and exit codes are those of
//! the published client, so that scripts around it go on working; nothing prints a password or a
//! token.

mod api;
mod check;
mod course;
mod draft;
mod export;
mod full_dataset;
mod generate;
mod login;
mod screen;
mod status;
mod users;
mod vms;
mod words;

use std::process::ExitCode;

use self::screen::say;
use crate::arguments::Data;

/// Why there is nothing to show for it. What there was to say has been said.
#[derive(Debug)]
struct GivenUp;

/// Runs `command` and tells people how it went.
pub(crate) async fn run(command: Data) -> ExitCode {
    let done = match command {
        Data::Users(options) => users::run(&options).await,
        Data::Vms(options) => vms::run(&options).await,
        Data::FullDataset(options) => full_dataset::run(&options).await,
        Data::Status(credentials) => status::run(&credentials).await,
        Data::Version => {
            say("create-data-via-api v1.0.0");
            say("Powered by Faker 🎲 + API unifiée 🚀");
            Ok(())
        }
        Data::Check => check::run(),
        Data::Generate(options) => generate::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(GivenUp) => ExitCode::FAILURE,
    }
}

/// What is logged, in the words of `tracing`: the published client's levels are Python's.
pub(crate) fn log_filter() -> String {
    let asked = std::env::var("DEMO_API_LOG_LEVEL").unwrap_or_default();
    let level = match asked.to_ascii_uppercase().as_str() {
        "DEBUG" => "debug",
        "INFO" => "info",
        "ERROR" | "CRITICAL" => "error",
        _ => "warn",
    };
    format!("warn,registre={level}")
}
