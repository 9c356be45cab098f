//! What leaves this machine unencrypted, or is reached with a password that everybody knows.

use std::net::IpAddr;

use tokio_postgres::config::{Config, Host};
use tracing::warn;

use crate::arguments::{Parts, Serve};

/// Passwords that stand in the manuals of the log and of Postgres.
const WELL_KNOWN: [&str; 4] = ["changeit", "postgres", "password", "admin"];

/// Warns of each listener and each part that others on the way can listen to.
pub(super) fn warn_of(options: &Serve) {
    let open = options.listen().iter().any(|address| !address.ip().is_loopback());
    if open && !options.encrypted() && !options.behind_proxies() {
        warn!(
            "HTTP IS SERVED BEYOND THIS MACHINE AND NOT ENCRYPTED: passwords and tokens can be read \
             on their way; give --tls-cert and --tls-key, or name the proxy by --trusted-proxies"
        );
    }
    for concern in concerns(&options.parts) {
        warn!("{concern}");
    }
}

/// What is wrong with how the parts are reached, in sentences without a password.
fn concerns(parts: &Parts) -> Vec<&'static str> {
    let Parts { eventstore, database, nats } = parts;
    let mut concerns = Vec::new();
    if let Some(url) = eventstore {
        let url = Reached::of(url.as_str());
        if !url.local && url.rest.contains("tls=false") {
            concerns.push("EVENTSTORE_URL: the log is reached beyond this machine without TLS");
        }
        if url.well_known_password {
            concerns.push("EVENTSTORE_URL: the log's password is one that everybody knows");
        }
    }
    if let Some(Ok(config)) = database.as_ref().map(|url| url.as_str().parse::<Config>()) {
        let beyond = |host: &Host| match host {
            Host::Tcp(name) => !is_local(name),
            Host::Unix(_) => false,
        };
        if config.get_hosts().iter().any(beyond) {
            concerns.push("DATABASE_URL: Postgres is reached beyond this machine without TLS");
        }
        let known = |password: &[u8]| WELL_KNOWN.iter().any(|known| known.as_bytes() == password);
        if config.get_password().is_some_and(known) {
            concerns.push("DATABASE_URL: Postgres's password is one that everybody knows");
        }
    }
    if let Some(url) = nats
        && let reached = Reached::of(url.as_str())
        && !reached.local
        && reached.scheme != "tls"
    {
        concerns.push("NATS_URL: NATS is reached beyond this machine without TLS");
    }
    concerns
}

/// An address, as far as it matters here.
struct Reached<'a> {
    scheme: &'a str,
    local: bool,
    well_known_password: bool,
    /// What follows the hosts.
    rest: &'a str,
}

impl<'a> Reached<'a> {
    fn of(url: &'a str) -> Self {
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let (hosts, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (user, hosts) = hosts.rsplit_once('@').unwrap_or(("", hosts));
        let password = user.split_once(':').map_or("", |(_, password)| password);
        let local = hosts.split(',').all(|host| {
            let port = host.rfind(':').filter(|at| !host[*at..].contains(']'));
            is_local(&host[..port.unwrap_or(host.len())])
        });
        Self { scheme, local, well_known_password: WELL_KNOWN.contains(&password), rest }
    }
}

fn is_local(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::concerns;
    use crate::arguments::{Address, Parts};

    fn found(log: &str, database: &str, nats: &str) -> Vec<&'static str> {
        let address = |text: &str| Some(Address::from(text.to_owned()));
        let parts =
            Parts { eventstore: address(log), database: address(database), nats: address(nats) };
        concerns(&parts)
    }

    #[test]
    fn check_76_what_others_can_listen_to_or_guess_is_named() {
        let all = found(
            "esdb://admin:changeit@log.example.com:2113?tls=false",
            "postgres://registre:postgres@db.example.com/registre",
            "nats://bell.example.com:4222",
        );
        assert_eq!(all.len(), 5, "{all:?}");
    }

    #[test]
    fn what_stays_on_this_machine_or_is_encrypted_is_not() {
        let fine = found(
            "esdb://admin:x7Qp@log.example.com:2113?tls=true",
            "host=/run/postgresql user=registre password=x7Qp",
            "tls://bell.example.com:4222",
        );
        assert!(fine.is_empty(), "{fine:?}");
        let fine = found(
            "esdb://127.0.0.1:2113,localhost:2114?tls=false",
            "postgres://registre:x7Qp@localhost/registre",
            "nats://[::1]:4222",
        );
        assert!(fine.is_empty(), "{fine:?}");
    }
}
