//! `registre serve`

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use anyhow::Result;
use api::{Encryption, HeaderValue, Network, OpenList, Origins, Proxies, SocketLimits};
use clap::{Args, ValueEnum};
use eventlog::server::Tls;
use projections::Bootstrap;

use super::{Address, KeyFolder, place};

/// Where HTTP is served when nobody says where: the default ports of the published clients.
const PORTS: [u16; 2] = [8_000, 3_003];

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// What this process does; all of it unless told otherwise. Without the role api only health is
    /// served over HTTP, and only where --listen says
    #[arg(
        long,
        env = "REGISTRE_ROLE",
        value_enum,
        value_delimiter = ',',
        default_values = ["api", "projector", "relay"]
    )]
    pub(crate) role: Vec<Role>,
    /// Where keys, and whatever is started here, keep their files
    #[arg(long, env = "REGISTRE_DATA", default_value = "./data")]
    pub(crate) data: PathBuf,
    #[command(flatten)]
    keys: KeyFolder,
    /// Make the read models anew where they do not fit the log, as after it was restored; the log gets
    /// a new identity, so that nobody goes on from a place that it does not have
    #[arg(long)]
    pub(crate) force_rebuild: bool,
    /// Where it is noted, outside the data, who was erased and which ids were given out (default:
    /// beside the data of an embedded log, else nowhere)
    #[arg(long, env = "REGISTRE_JOURNAL")]
    journal: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) parts: Parts,
    #[command(flatten)]
    pub(crate) web: Web,
    #[command(flatten)]
    pub(crate) administrator: Administrator,
}

/// What a process may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// Answer HTTP and WebSocket
    Api,
    /// Make facts readable in Postgres; one is active at a time, others stand by
    Projector,
    /// Publish facts to NATS
    Relay,
}

/// What the service runs on. Each one that is not given is started here.
#[derive(Debug, Args)]
pub(crate) struct Parts {
    /// The event log: esdb:// or kurrentdb:// (default: an embedded one)
    #[arg(long = "eventstore-url", env = "EVENTSTORE_URL", hide_env_values = true)]
    pub(crate) eventstore: Option<Address>,
    /// The read models: postgres:// (default: a private Postgres)
    #[arg(long = "database-url", env = "DATABASE_URL", hide_env_values = true)]
    pub(crate) database: Option<Address>,
    /// The bell: nats:// (default: a private nats-server)
    #[arg(long = "nats-url", env = "NATS_URL", hide_env_values = true)]
    pub(crate) nats: Option<Address>,
}

/// How clients come in.
#[derive(Debug, Args)]
pub(crate) struct Web {
    /// Where to listen; may be given several times [default: 127.0.0.1:8000 and 127.0.0.1:3003]
    #[arg(long, env = "REGISTRE_LISTEN", value_delimiter = ',')]
    listen: Vec<SocketAddr>,
    /// Where Prometheus may ask for /metrics; nowhere, with a warning, if the port is taken
    #[arg(long, env = "REGISTRE_METRICS_LISTEN", default_value = "127.0.0.1:9464")]
    pub(crate) metrics_listen: SocketAddr,
    /// Origins whose pages may call (default: any with an embedded log, else none)
    #[arg(long, env = "REGISTRE_CORS_ORIGINS", value_delimiter = ',')]
    cors_origins: Option<Vec<HeaderValue>>,
    /// Serve HTTPS, and nothing else, with this certificate chain, PEM
    #[arg(long, env = "REGISTRE_TLS_CERT", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key, PEM
    #[arg(long, env = "REGISTRE_TLS_KEY", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Proxies before this service, as addresses or networks: 10.0.0.0/8. They, and nobody else, are
    /// believed about whom they ask for (Forwarded, X-Forwarded-For)
    #[arg(long, env = "REGISTRE_TRUSTED_PROXIES", value_delimiter = ',')]
    trusted_proxies: Vec<Network>,
    /// Sockets that one person may have open at once [default: 20]
    #[arg(long, env = "REGISTRE_SOCKETS_PER_PERSON")]
    sockets_per_person: Option<usize>,
    /// Sockets that may be open at once from one address [default: 1000]
    #[arg(long, env = "REGISTRE_SOCKETS_PER_ADDRESS")]
    sockets_per_address: Option<usize>,
    /// API keys that open the directory (default: one that is made up with an embedded log, else
    /// none)
    #[arg(long, env = "REGISTRE_DIRECTORY_KEYS", hide_env_values = true, value_delimiter = ',')]
    pub(crate) directory_keys: Vec<Address>,
    /// Serve /docs and /openapi.json (default: with an embedded log only)
    #[arg(long, env = "REGISTRE_DOCS", num_args = 0..=1, default_missing_value = "true")]
    docs: Option<bool>,
    /// Show the administrator whom the configuration names in lists of people
    #[arg(long, env = "REGISTRE_LIST_ADMIN")]
    list_admin: bool,
    /// Lists that members alone may see: users, events, user, vm (default: everybody sees all of
    /// them)
    #[arg(long, env = "REGISTRE_CLOSED_LISTS", value_delimiter = ',')]
    pub(crate) closed_lists: Vec<OpenList>,
    /// Answer /messages/received with a bare list, as the last of its clients read it
    #[arg(long, env = "REGISTRE_RECEIVED_AS_LIST")]
    pub(crate) received_as_list: bool,
}

/// The first administrator. Where nobody is named, the first start with an embedded log makes one up
/// and prints the password once.
#[derive(Debug, Args)]
pub(crate) struct Administrator {
    /// Their e-mail address
    #[arg(long = "administrator-email", env = "FIRST_SUPERUSER_EMAIL", requires = "password")]
    pub(crate) email: Option<String>,
    /// Their password; better given by the environment, for others see arguments
    #[arg(
        long = "administrator-password",
        env = "FIRST_SUPERUSER_PASSWORD",
        hide_env_values = true,
        requires = "email"
    )]
    pub(crate) password: Option<Address>,
    /// Keep the address and the password that are made up in this file instead of printing them
    #[arg(long = "administrator-file", env = "REGISTRE_ADMINISTRATOR_FILE")]
    pub(crate) kept_in: Option<PathBuf>,
}

impl Serve {
    pub(crate) fn is(&self, role: Role) -> bool {
        self.role.contains(&role)
    }

    /// Where HTTP is served.
    pub(crate) fn listen(&self) -> Vec<SocketAddr> {
        if self.web.listen.is_empty() && self.is(Role::Api) {
            return PORTS.map(|port| (Ipv4Addr::LOCALHOST, port).into()).to_vec();
        }
        self.web.listen.clone()
    }

    /// Whether the log is our own: then this machine is all there is.
    pub(crate) fn standalone(&self) -> bool {
        self.parts.eventstore.is_none()
    }

    /// Where the keys are.
    pub(crate) fn keys(&self) -> PathBuf {
        self.keys.beside(&self.data)
    }

    /// Where the journal is.
    pub(crate) fn journal(&self) -> Option<PathBuf> {
        place::journal(self.journal.as_deref(), &self.data, self.standalone())
    }

    /// Whether lists of people show the administrator whom the configuration names.
    pub(crate) fn bootstrap(&self) -> Bootstrap {
        if self.web.list_admin { Bootstrap::Shown } else { Bootstrap::LeftOut }
    }

    /// Whether the description of the API is open to everybody.
    pub(crate) fn shows_docs(&self) -> bool {
        self.web.docs.unwrap_or_else(|| self.standalone())
    }

    /// Whose pages may call.
    pub(crate) fn origins(&self) -> Origins {
        match &self.web.cors_origins {
            Some(origins) => Origins::Listed(origins.clone()),
            None if self.standalone() => Origins::Any,
            None => Origins::Listed(Vec::new()),
        }
    }

    /// How clients are spoken to, where they come encrypted.
    pub(crate) fn encryption(&self) -> Result<Option<Encryption>> {
        let (Some(certificate), Some(key)) = (&self.web.tls_cert, &self.web.tls_key) else {
            return Ok(None);
        };
        let tls = Tls { certificate: certificate.clone(), key: key.clone() };
        Ok(Some(Encryption::new(tls.config(&["http/1.1"])?)))
    }

    /// Whether clients come encrypted, and no other way.
    pub(crate) fn encrypted(&self) -> bool {
        self.web.tls_cert.is_some()
    }

    /// Whether proxies are believed, who then keep what clients say private.
    pub(crate) fn behind_proxies(&self) -> bool {
        !self.web.trusted_proxies.is_empty()
    }

    /// How many sockets may be open at once.
    pub(crate) fn socket_limits(&self) -> SocketLimits {
        let default = SocketLimits::default();
        SocketLimits {
            per_person: self.web.sockets_per_person.unwrap_or(default.per_person),
            per_address: self.web.sockets_per_address.unwrap_or(default.per_address),
        }
    }

    /// Who is believed about where requests come from.
    pub(crate) fn proxies(&self) -> Proxies {
        Proxies::of(self.web.trusted_proxies.clone())
    }

    /// Why this process could not do its part, if so: one that does not do everything shares its
    /// log, its tables and its bell with others.
    pub(crate) fn contradiction(&self) -> Option<&'static str> {
        let all = [Role::Api, Role::Projector, Role::Relay].iter().all(|role| self.is(*role));
        let Parts { eventstore, database, nats } = &self.parts;
        let named = eventstore.is_some() && database.is_some() && nats.is_some();
        (!all && !named).then_some(
            "a process with a part of the roles needs EVENTSTORE_URL, DATABASE_URL and NATS_URL",
        )
    }
}
