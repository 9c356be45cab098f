//! A nats-server of a test's own.

use std::{env, fs, process::Stdio};

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::testing::until;

/// Killed with its test.
pub(super) struct Broker {
    url: String,
    _child: Child,
    _folder: TempDir,
}

impl Broker {
    /// One on a free port, once it says which.
    pub(super) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = env::var("PATH").unwrap_or_default();
        let child = Command::new("nats-server")
            .env("PATH", format!("{path}:/usr/sbin:/usr/local/bin:/opt/homebrew/bin"))
            .args(["-a", "127.0.0.1", "-p", "-1", "--ports_file_dir"])
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let ports = folder.path().join(format!("nats-server_{}.ports", child.id().unwrap()));
        let told = || serde_json::from_slice::<Value>(&fs::read(&ports).ok()?).ok();
        until(|| told().is_some()).await;
        let url = told().unwrap()["nats"][0].as_str().unwrap().to_owned();
        Self { url, _child: child, _folder: folder }
    }

    /// A connection to it.
    pub(super) async fn connect(&self) -> async_nats::Client {
        async_nats::connect(&self.url).await.unwrap()
    }
}
