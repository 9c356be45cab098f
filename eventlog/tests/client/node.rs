//! A log that can be stopped and started again.

use std::net::SocketAddr;

use eventlog::{
    EventLog, Options,
    server::{self, EmbeddedLog, Handle},
};
use tempfile::TempDir;

/// A log in a directory of its own.
pub(crate) struct Node {
    directory: TempDir,
    password: Option<String>,
    address: SocketAddr,
    handle: Option<Handle>,
}

impl Node {
    pub(crate) async fn start() -> Self {
        Self::start_with(None).await
    }

    pub(crate) async fn start_with(password: Option<&str>) -> Self {
        let mut node = Self {
            directory: TempDir::new().unwrap(),
            password: password.map(str::to_owned),
            address: "127.0.0.1:0".parse().unwrap(),
            handle: None,
        };
        node.start_again().await;
        node
    }

    /// At the same address, with what it had.
    pub(crate) async fn start_again(&mut self) {
        let options = server::Options {
            directory: self.directory.path().to_owned(),
            listen: self.address,
            password: self.password.clone(),
            tls: None,
        };
        let handle = EmbeddedLog::start(options).await.unwrap();
        self.address = handle.address();
        self.handle = Some(handle);
    }

    pub(crate) async fn stop(&mut self) {
        self.handle.take().expect("only a running log is stopped").shutdown().await;
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self) -> String {
        self.handle.as_ref().expect("only a running log is connected to").connection_string()
    }

    pub(crate) async fn connect(&self, options: Options) -> EventLog {
        EventLog::connect(&self.url(), options).await.unwrap()
    }
}
