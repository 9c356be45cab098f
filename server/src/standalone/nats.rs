//! A private nats-server on a free port of loopback.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use rustix::process::Signal;
use serde_json::Value;
use tokio::time::{Instant, sleep};
use zeroize::Zeroizing;

use super::{
    child::{Nursery, Program, Running, bury_predecessor},
    program,
    secrets::password,
};

/// The user that the generated password belongs to.
const USER: &str = "registre";
/// How long it may take to say which port it has.
const START_WAIT: Duration = Duration::from_secs(10);
/// How often that is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A running private nats-server.
#[derive(Debug)]
pub(crate) struct PrivateNats {
    running: Running,
    /// Where it listens.
    pub(crate) url: String,
    /// The password of [`PrivateNats::USER`].
    pub(crate) password: Zeroizing<String>,
}

impl PrivateNats {
    /// The user to connect as.
    pub(crate) const USER: &str = USER;

    /// Starts it for `data`.
    pub(crate) async fn start(nursery: &Nursery, data: &Path, keys: &Path) -> Result<Self> {
        let path = program::find("nats-server", "nats-server")?;
        let folder = data.join("nats");
        fs::create_dir_all(&folder)?;
        let configuration = folder.join("nats.conf");
        bury_predecessor(&folder.join("nats.pid"), &configuration).await;
        let password = password(keys, "nats")?;
        configure(&configuration, &folder, &password)?;

        let program = Program {
            path,
            arguments: vec!["-c".into(), configuration.into()],
            account: None,
            folder: &folder,
            output: &data.join("nats.log"),
            on_death: "TERM",
            stop_by: Signal::TERM,
        };
        let mut running = nursery.start(program).await?;
        let ports = folder.join(format!("nats-server_{}.ports", running.id()));
        let url = ready(&mut running, &ports, &data.join("nats.log")).await?;
        Ok(Self { running, url, password })
    }

    pub(crate) async fn stop(self) {
        self.running.stop().await;
    }
}

/// The password stands in a file of our own: on a command line every user of the machine would
/// read it.
fn configure(path: &Path, folder: &Path, password: &str) -> Result<()> {
    let text = format!(
        "host: 127.0.0.1\nport: -1\nports_file_dir: \"{folder}\"\npid_file: \"{folder}/nats.pid\"\n\
         authorization {{ user: \"{USER}\", password: \"{password}\" }}\n",
        folder = folder.display(),
    );
    let write = || -> std::io::Result<()> {
        let mut file: File =
            File::options().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        file.write_all(text.as_bytes())
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// Where it listens, as soon as it says so.
async fn ready(running: &mut Running, ports: &PathBuf, output: &Path) -> Result<String> {
    let deadline = Instant::now() + START_WAIT;
    loop {
        let told: Value = fs::read(ports)
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default();
        if let Some(url) = told["nats"][0].as_str() {
            let url = url.to_owned();
            // The file names a process that may outlive it in name only.
            fs::remove_file(ports)?;
            return Ok(url);
        }
        if running.ended() || Instant::now() > deadline {
            bail!("private nats-server did not start; see {}", output.display());
        }
        sleep(LOOK_EVERY).await;
    }
}
