//! Proving the log's name, and keeping what is said to it private.

use std::{path::PathBuf, sync::Arc};

use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject},
};
use tokio_rustls::TlsAcceptor;

/// A certificate and its key.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The chain, PEM, the log's own certificate first.
    pub certificate: PathBuf,
    /// The private key, PEM.
    pub key: PathBuf,
}

/// Why they cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is not there or not PEM.
    #[error("{path} cannot be read as PEM")]
    Pem {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: pem::Error,
    },
    /// They do not belong together, or are not of a kind that is known.
    #[error("certificate and key do not fit")]
    Fit(#[from] rustls::Error),
}

impl Tls {
    pub(crate) fn acceptor(&self) -> Result<TlsAcceptor, TlsError> {
        Ok(TlsAcceptor::from(Arc::new(self.config(&["h2", "http/1.1"])?)))
    }

    /// How a server of `protocols` (ALPN) speaks to its clients.
    ///
    /// # Errors
    ///
    /// [`TlsError`].
    pub fn config(&self, protocols: &[&str]) -> Result<ServerConfig, TlsError> {
        let unreadable = |path: &PathBuf| {
            let path = path.clone();
            |source| TlsError::Pem { path, source }
        };
        let chain = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(unreadable(&self.certificate))?;
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(unreadable(&self.key))?;
        // The provider is named, so that it does not matter whether the process has chosen one.
        let mut config = ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        Ok(config)
    }
}
