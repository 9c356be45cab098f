//! What whoever starts the service reads first.

use std::{
    io::{self, Write},
    net::SocketAddr,
};

use tracing::debug;

/// Says where the service is, what it runs on, and how to stop it. URLs carry no password.
pub(crate) fn print(addresses: &[SocketAddr], own: &[String]) {
    let mut lines: Vec<String> =
        addresses.iter().map(|address| format!("Registre serves http://{address}")).collect();
    if !own.is_empty() {
        lines.push(format!("with {}", own.join(", ")));
    }
    lines.push("Ctrl-C stops it".to_owned());
    // Whoever has closed standard output does not want to know.
    if let Err(error) = say(&lines) {
        debug!(%error, "nobody reads the banner");
    }
}

fn say(lines: &[String]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    out.flush()
}
