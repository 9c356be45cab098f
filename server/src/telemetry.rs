//! What the process says about itself.

use std::{
    io::{IsTerminal, stderr},
    panic,
};

use tracing::error;
use tracing_subscriber::EnvFilter;

/// Without `RUST_LOG`: warnings of everybody and what our own parts find worth telling. Of the log's
/// client that is all there is to tell: `eventlog` says so when the log is lost.
pub(crate) const DEFAULT: &str = "warn,kurrentdb=off,registre=info,api=info,commands=info,projections=info,\
                       eventlog=info";

/// The same for a command whose own words are all that there is to say.
pub(crate) const QUIET: &str = "warn,kurrentdb=off";

/// Below this level these log what passes through them: rows, frames, passwords.
const TELLTALES: &[&str] =
    &["tokio_postgres=info", "tungstenite=info", "async_nats=info", "h2=info"];

/// Logs to standard error from now on: lines for people on a terminal, JSON elsewhere.
pub(crate) fn start(default: &str) {
    let asked = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let filter = TELLTALES.iter().filter_map(|telltale| telltale.parse().ok());
    let filter = filter.fold(asked, EnvFilter::add_directive);
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    if stderr().is_terminal() {
        subscriber.init();
    } else {
        // A line names the request that it is of; the list would say so once more.
        subscriber.json().with_span_list(false).init();
    }
    // What a panic says may hold what somebody sent, so only its place is told.
    panic::set_hook(Box::new(|panicked| {
        let place = panicked.location().map(ToString::to_string).unwrap_or_default();
        error!(place, "a part of the service panicked");
    }));
}
