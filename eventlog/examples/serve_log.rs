//! Serves a log until it is interrupted, for clients in any language.
//!
//! ```text
//! cargo run -p eventlog --features server --example serve_log -- DIRECTORY [127.0.0.1:2113]
//! ```

use std::{env, error::Error, net::SocketAddr, path::PathBuf};

use eventlog::server::{EmbeddedLog, Options};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let directory = PathBuf::from(arguments.next().ok_or("which directory?")?);
    let listen: SocketAddr = arguments.next().as_deref().unwrap_or("127.0.0.1:2113").parse()?;
    let log = EmbeddedLog::start(Options { directory, listen, password: None, tls: None }).await?;
    println!("{}", log.connection_string());
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        () = log.failed() => match log.damage() {
            Some(damage) => eprintln!("{damage}"),
            None => eprintln!("the log cannot write any more"),
        },
    }
    log.shutdown().await;
    Ok(())
}
