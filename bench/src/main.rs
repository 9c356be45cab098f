//! Measures Registre: its event log, and the whole service on its public HTTP and WebSocket.
//!
//! **Invariant:** every figure that depends on the machine is printed next to a calibration of the
//! same run, and the ratio of the two is what counts.

mod http;
mod latencies;
mod log;
mod postgres;
mod scratch;

use clap::{Parser, Subcommand};

/// The same as the service has, as a log runs in here as it does there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures Registre next to calibrations of the same run.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The event log, through its client.
    Log(log::Arguments),
    /// The service, through HTTP and sockets.
    Http(http::Arguments),
    /// What the service is compared with: bare axum in front of Postgres. `bench http` starts it.
    #[command(hide = true)]
    Bare(http::BareArguments),
    /// A log whose memory is measured. `bench log` starts it.
    #[command(hide = true)]
    ServeLog(log::ServeArguments),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Arguments::parse().what {
        // A task, as those are that append and follow in the service: the main thread, which is none
        // of the runtime's, would be woken across cores for each answer.
        What::Log(arguments) => tokio::spawn(async move { log::run(&arguments).await }).await?,
        What::Http(arguments) => http::run(&arguments).await,
        What::Bare(arguments) => http::bare(&arguments).await,
        What::ServeLog(arguments) => log::serve(&arguments).await,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Arguments;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        Arguments::command().debug_assert();
    }
}
