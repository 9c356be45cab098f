//! The environment, and the file `.env` that completes it.

use std::{env, io, path::Path};

use anyhow::{Context, Result};
use tracing::info;

/// What is read elsewhere than by an argument.
#[cfg(test)]
pub(crate) const ELSEWHERE: &[&str] = &[
    "PG_BIN",
    "RUST_LOG",
    "DEMO_API_BASE_URL",
    "DEMO_API_EMAIL",
    "DEMO_API_PASSWORD",
    "DEMO_API_TOKEN",
    "DEMO_API_TIMEOUT",
    "DEMO_API_LOG_LEVEL",
];

/// Variables of the services whose clients we serve. They may stay where they are, and change
/// nothing: our keys are made here, and there is no store but the log and Postgres.
pub(crate) const UNUSED: &[&str] =
    &["SECRET_KEY", "DEBUG", "ALLOWED_HOSTS", "REDIS_URL", "MONGODB_URL"];

/// Takes over what stands in `.env` of the working directory; what the environment says wins.
///
/// # Errors
///
/// When the file cannot be read.
pub(crate) fn complete() -> Result<()> {
    match dotenvy::from_path(Path::new(".env")) {
        Ok(()) => Ok(()),
        Err(dotenvy::Error::Io(error)) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        // Its own words would show the line, and with it a password.
        Err(dotenvy::Error::LineParse(_, at)) => {
            anyhow::bail!("cannot read .env: a line is not NAME=value, near character {at}")
        }
        Err(error) => Err(error).context("cannot read .env"),
    }
}

/// Says which variables were set for nothing.
pub(crate) fn tell_unused() {
    let set: Vec<&str> =
        UNUSED.iter().copied().filter(|name| env::var_os(name).is_some()).collect();
    if !set.is_empty() {
        info!("accepted and not used: {}", set.join(", "));
    }
}
