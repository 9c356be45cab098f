//! What whoever starts the service reads first.

use std::{
    io::{self, Write},
    net::SocketAddr,
};

use clap::ValueEnum;
use tracing::{debug, warn};

use super::administrator::{Introduction, MadeUp};
use crate::arguments::{Role, Serve};

/// Where the service is, what it runs on, who may administer it, and how to stop it. URLs carry no
/// password.
pub(crate) struct Banner {
    lines: Vec<String>,
    /// What is forgotten once it has been said.
    said_once: Option<MadeUp>,
}

impl Banner {
    pub(crate) fn of(options: &Serve, addresses: &[SocketAddr], own: &[String]) -> Self {
        let mut lines = Vec::new();
        if !options.is(Role::Api) {
            let names = options.role.iter().filter_map(Role::to_possible_value);
            let names: Vec<String> = names.map(|name| name.get_name().to_owned()).collect();
            lines.push(format!("Registre runs as {}", names.join(" and ")));
        }
        let scheme = if options.encrypted() { "https" } else { "http" };
        lines.extend(
            addresses.iter().map(|address| format!("Registre serves {scheme}://{address}")),
        );
        if !own.is_empty() {
            lines.push(format!("with {}", own.join(", ")));
        }
        Self { lines, said_once: None }
    }

    /// Says where the measures are.
    pub(crate) fn measured_at(&mut self, address: SocketAddr) {
        self.lines.push(format!("and measures http://{address}/metrics"));
    }

    /// Says who the administrator is, or where that stands.
    pub(crate) fn introduce(&mut self, made_up: Option<MadeUp>, who: Option<Introduction>) {
        let (Some(made_up), Some(Introduction { email, password })) = (made_up, who) else {
            return;
        };
        if let Some(path) = made_up.kept_at() {
            self.lines.push(format!("Administrator: see {}", path.display()));
        } else {
            let password = password.as_str();
            self.lines.push(format!("Administrator: {email}, password {password} (shown once)"));
            self.said_once = Some(made_up);
        }
    }

    /// Says `line` as well.
    pub(crate) fn say(&mut self, line: String) {
        self.lines.push(line);
    }

    /// Prints it. Whoever has closed standard output does not want to know; what is said once is
    /// then said at the next start.
    pub(crate) fn print(self) {
        if let Err(error) = say(&self.lines) {
            debug!(%error, "nobody reads the banner");
            return;
        }
        if let Some(Err(error)) = self.said_once.map(|made_up| made_up.forget()) {
            warn!(error = format!("{error:#}"), "the administrator's password is still on disk");
        }
    }
}

fn say(lines: &[String]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    writeln!(out, "Ctrl-C stops it")?;
    out.flush()
}
