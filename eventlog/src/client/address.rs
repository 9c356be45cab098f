//! Where the log is: the connection string, with what the official client must not be left to
//! decide.
//!
//! **Invariant:** nothing here repeats the string, because it may hold a password.

use std::{fmt, time::Duration};

use eventstore::{Client, ClientSettings, Credentials};
use futures::future::join_all;
use tokio::runtime::Handle;

use super::{diagnosis, node::Node};

/// Why a connection string cannot be used. An unreachable log is not among the reasons: it may
/// come up later.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// It cannot be read.
    #[error("event log address is not a connection string: {0}")]
    Malformed(String),
    /// It can be read, but names something that is not there, for instance a certificate file.
    #[error("event log address cannot be used: {0}")]
    Unusable(String),
}

/// A connection string that was read.
#[derive(Clone)]
pub(super) struct Address {
    settings: ClientSettings,
    credentials: Option<Credentials>,
}

impl Address {
    /// Reads `url`.
    ///
    /// Its last parameter of a name wins, so ours come last: the official client waits
    /// `discoveryInterval` before it even tries, never connects with `maxDiscoverAttempts=1`, and
    /// panics at `defaultDeadline=-1`. Repeating and giving up is this room's business.
    pub(super) fn parse(url: &str, deadline: Duration) -> Result<Self, ConnectError> {
        let separator = if url.contains('?') { '&' } else { '?' };
        let gossip = if url.to_ascii_lowercase().contains("gossiptimeout=") {
            ""
        } else {
            "&gossipTimeout=1000"
        };
        let deadline = deadline.as_millis();
        let settings = format!(
            "{url}{separator}discoveryInterval=20&maxDiscoverAttempts=3\
             &defaultDeadline={deadline}{gossip}"
        )
        .parse()
        .map_err(|error: eventstore::ClientSettingsParseError| {
            ConnectError::Malformed(match error.error() {
                Some(cause) => cause.to_string(),
                None => error.message().to_owned(),
            })
        })?;
        Ok(Self { settings, credentials: credentials(url) })
    }

    /// Whether the official client asks this node and no other.
    pub(super) fn is_single_node(&self) -> bool {
        !self.settings.is_dns_discovery_enabled() && self.settings.hosts().len() == 1
    }

    /// A new client. It has not reached a node yet.
    ///
    /// It reads the certificates of this computer, which takes milliseconds: not on a thread that
    /// others wait for.
    pub(super) async fn client(&self) -> Result<Node, ConnectError> {
        let settings = self.settings.clone();
        let runtime = Handle::current();
        tokio::task::spawn_blocking(move || Client::with_runtime_handle(runtime, settings))
            .await
            .map_err(|error| ConnectError::Unusable(error.to_string()))?
            .map(|client| Node::new(client, self.credentials.clone()))
            .map_err(|error| ConnectError::Unusable(error.to_string()))
    }
}

impl Address {
    /// Why no connection comes about, as far as it can be seen from outside: the official client
    /// has the same words for all reasons.
    pub(super) async fn diagnosis(&self) -> String {
        let secure = self.settings.is_secure_mode_enabled();
        let nodes = self.settings.hosts().iter();
        let looks = nodes.map(|node| diagnosis::look(&node.host, node.port, secure));
        join_all(looks).await.join(", ")
    }
}

/// User and password of a connection string, with `%…` read as what it stands for. What is not
/// written that way stands for itself.
fn credentials(url: &str) -> Option<Credentials> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    let (user, _) = authority.rsplit_once('@')?;
    let (login, password) = user.split_once(':').unwrap_or((user, ""));
    Some(Credentials::new(unescaped(login), unescaped(password)))
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = match after {
            [high, low, ..] if *first == b'%' => hexadecimal(*high, *low),
            [] | [_, ..] => None,
        };
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    bytes
}

fn hexadecimal(high: u8, low: u8) -> Option<u8> {
    let digit = |byte| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Address").field(self.settings.hosts()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use eventstore::Credentials;

    use super::{Address, ConnectError, credentials};

    fn parse(url: &str) -> Result<Address, ConnectError> {
        Address::parse(url, Duration::from_secs(5))
    }

    #[test]
    fn every_scheme_of_the_official_client_is_taken() {
        for url in [
            "esdb://127.0.0.1:2113?tls=false",
            "esdb+discover://log.example:2113",
            "kurrentdb://admin:secret@log.example",
            "esdb://one:2113,two:2113,three:2113?nodePreference=leader&gossipTimeout=500",
        ] {
            assert!(parse(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn parameters_that_break_the_official_client_are_overruled() {
        let address = parse(
            "esdb://127.0.0.1:2113?tls=false&maxDiscoverAttempts=1&discoveryInterval=90000&defaultDeadline=-1",
        )
        .unwrap();
        assert_eq!(address.settings.max_discover_attempts(), 3);
        assert_eq!(address.settings.discovery_interval(), Duration::from_millis(20));
    }

    #[test]
    fn gossip_timeout_of_the_operator_stands() {
        let address = parse("esdb://one,two?GossipTimeout=70").unwrap();
        assert_eq!(address.settings.gossip_timeout(), Duration::from_millis(70));
    }

    #[test]
    fn credentials_are_read_as_they_are_meant() {
        for (url, login, password) in [
            ("esdb://admin:changeit@log", "admin", "changeit"),
            ("esdb://a%40b:p%40ss%3aword@one:1,two:2?tls=false", "a@b", "p@ss:word"),
            ("esdb://admin:50%^x@log", "admin", "50%^x"),
            ("esdb://admin@log", "admin", ""),
        ] {
            let expected = Credentials::new(login.to_owned(), password.to_owned());
            assert_eq!(credentials(url), Some(expected), "{url}");
        }
        assert_eq!(credentials("esdb://log?connectionName=a@b"), None);
    }

    #[test]
    fn password_is_not_shown() {
        let address = parse("esdb://admin:hunter2@log.example").unwrap();
        assert!(!format!("{address:?}").contains("hunter2"));
    }

    #[test]
    fn wrong_string_is_refused_without_being_repeated() {
        for url in ["", "log.example:2113", "http://log.example", "esdb://u:hunter2@log:port"] {
            let error = parse(url).unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}
