//! Connections that nobody else can read.

use std::{fmt, sync::Arc};

use rustls::ServerConfig;
use tokio_rustls::TlsAcceptor;

/// Speaks TLS to every client. Cheap to clone.
#[derive(Clone)]
pub struct Encryption(pub(super) TlsAcceptor);

/// Marks a request that came encrypted all the way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Encrypted;

impl Encryption {
    /// With the certificate and the protocols of `config`.
    #[must_use]
    pub fn new(config: ServerConfig) -> Self {
        Self(TlsAcceptor::from(Arc::new(config)))
    }
}

impl fmt::Debug for Encryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Encryption")
    }
}
