//! What the process says about itself.

use std::{
    io::{IsTerminal, stderr},
    panic,
};

use tracing::{Level, error};
use tracing_subscriber::{
    EnvFilter, filter::filter_fn, layer::SubscriberExt, util::SubscriberInitExt,
};

/// Without `RUST_LOG`: warnings of everybody and what our own parts find worth telling. The log's
/// client and the pool of connections are left out: we say ourselves when the log or Postgres is
/// lost, and a pool whose Postgres ends with the service is not worth a warning.
pub(crate) const DEFAULT: &str = concat!(
    "warn,kurrentdb=off,deadpool=off,",
    "registre=info,api=info,commands=info,projections=info,eventlog=info"
);

/// The same for a command whose own words are all that there is to say.
pub(crate) const QUIET: &str = "warn,kurrentdb=off";

/// Below `INFO` these log what passes through them: rows, frames, passwords. Whatever is asked for,
/// that is left out.
const TELLTALES: &[&str] = &["tokio_postgres", "tungstenite", "async_nats", "h2"];

/// Logs to standard error from now on: lines for people on a terminal, JSON elsewhere.
pub(crate) fn start(default: &str) {
    let asked = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let subscriber = tracing_subscriber::fmt().with_env_filter(asked).with_writer(stderr);
    let harmless = filter_fn(|said| {
        let telltale = || TELLTALES.iter().any(|part| said.target().starts_with(part));
        *said.level() <= Level::INFO || !telltale()
    });
    if stderr().is_terminal() {
        subscriber.finish().with(harmless).init();
    } else {
        // A line names the request that it is of; the list would say so once more.
        subscriber.json().with_span_list(false).finish().with(harmless).init();
    }
    // What a panic says may hold what somebody sent, so only its place is told.
    panic::set_hook(Box::new(|panicked| {
        let place = panicked.location().map(ToString::to_string).unwrap_or_default();
        error!(place, "a part of the service panicked");
    }));
}
