//! A private Postgres: its own cluster, reached by a private Unix socket alone.

use std::{
    fs,
    os::unix::fs::chown,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use rustix::process::Signal;
use tokio::time::{Instant, sleep};
use tokio_postgres::{Config, NoTls, error::SqlState};
use tracing::info;
use zeroize::Zeroizing;

use super::{
    child::{Nursery, Program, Running, bury_predecessor, wrapped},
    program::postgres_folder,
    secrets::password,
    unprivileged::{Account, home, private_folder, short_name, socket_folder},
};

/// The superuser and the database of the private cluster.
const NAME: &str = "registre";
/// How long it may take to answer; a crashed one first replays its journal.
const START_WAIT: Duration = Duration::from_mins(1);
/// How often it is asked whether it answers.
const ASK_EVERY: Duration = Duration::from_millis(10);
/// Settings of the private cluster. Durability stays at Postgres's defaults. Journal files are not
/// recycled, so that what was erased does not live on in them.
const SETTINGS: &[&str] = &[
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "wal_recycle=off",
    "jit=off",
    // What it says of an error must not show the values of a row.
    "log_error_verbosity=terse",
];

/// A running private Postgres.
#[derive(Debug)]
pub(crate) struct PrivatePostgres {
    running: Running,
    /// How to reach it, password included: never printed.
    pub(crate) url: Zeroizing<String>,
    /// Where its files are.
    pub(crate) home: PathBuf,
}

impl PrivatePostgres {
    /// How to reach the one that runs for `data`.
    pub(crate) fn url(data: &Path, keys: &Path) -> Result<Zeroizing<String>> {
        let password = password(keys, "postgres")?;
        let own = short_name(data, &password);
        let socket = socket_folder(&own, &home(data, &own, Account::needed()?));
        Ok(Zeroizing::new(format!("{} dbname={NAME}", *server(&socket, &password))))
    }

    /// Starts it for `data`; the cluster is made on first use.
    pub(crate) async fn start(nursery: &Nursery, data: &Path, keys: &Path) -> Result<Self> {
        let programs = postgres_folder()?;
        let account = Account::needed()?;
        let password = password(keys, "postgres")?;
        let own = short_name(data, &password);
        let home = home(data, &own, account);
        let cluster = home.join("cluster");
        let socket = socket_folder(&own, &home);
        private_folder(&home, account)
            .and_then(|()| private_folder(&socket, account))
            .with_context(|| format!("cannot use {}", home.display()))?;
        if !cluster.is_dir() {
            initialise(&programs, &home, &cluster, account, &password).await?;
        }
        bury_predecessor(&cluster.join("postmaster.pid"), &cluster).await;

        let socket_setting = format!("unix_socket_directories={}", socket.display());
        let settings = SETTINGS.iter().copied().chain([socket_setting.as_str()]);
        let arguments = ["-D".into(), cluster.into_os_string()]
            .into_iter()
            .chain(settings.flat_map(|setting| ["-c".into(), setting.into()]));
        let program = Program {
            path: programs.join("postgres"),
            arguments: arguments.collect(),
            account,
            folder: &home,
            output: &data.join("postgres.log"),
            on_death: "QUIT",
            stop_by: Signal::INT,
        };
        let mut running = nursery.start(program).await?;
        let url = server(&socket, &password);
        ready(&mut running, &url, &data.join("postgres.log")).await?;
        Ok(Self { running, url: Zeroizing::new(format!("{} dbname={NAME}", *url)), home })
    }

    pub(crate) async fn stop(self) {
        self.running.stop().await;
    }
}

/// How to reach the server that listens in `socket`, without saying which database.
fn server(socket: &Path, password: &str) -> Zeroizing<String> {
    Zeroizing::new(format!("host={} user={NAME} password={password}", socket.display()))
}

/// Makes the cluster beside its place and moves it there whole: a crash leaves none, not half of
/// one.
async fn initialise(
    programs: &Path,
    home: &Path,
    cluster: &Path,
    account: Option<Account>,
    password: &str,
) -> Result<()> {
    info!("making a private Postgres cluster");
    let unfinished = home.join("cluster.new");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    let password_file = home.join("password.new");
    vault::secret_file(&password_file, || Zeroizing::new(password.to_owned()))?;
    if let Some(account) = account {
        chown(&password_file, Some(account.uid), Some(account.gid))?;
    }
    let mut command = wrapped(&programs.join("initdb"), account, "KILL")?;
    command
        .current_dir(home)
        .arg("-D")
        .arg(&unfinished)
        .arg("--pwfile")
        .arg(&password_file)
        .args(["-U", NAME, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-instructions"]);
    let done = tokio::task::spawn_blocking(move || command.output()).await?;
    let done = done.context("cannot start initdb")?;
    fs::remove_file(&password_file)?;
    if !done.status.success() {
        bail!("initdb failed: {}", String::from_utf8_lossy(&done.stderr).trim());
    }
    fs::rename(&unfinished, cluster)?;
    Ok(())
}

/// Waits until it answers, and makes the database on first use.
async fn ready(running: &mut Running, url: &str, output: &Path) -> Result<()> {
    let config: Config = format!("{url} dbname=postgres").parse()?;
    let deadline = Instant::now() + START_WAIT;
    loop {
        match config.connect(NoTls).await {
            Ok((client, connection)) => {
                let connection = tokio::spawn(connection);
                match client.batch_execute(&format!("CREATE DATABASE {NAME}")).await {
                    Err(error) if error.code() != Some(&SqlState::DUPLICATE_DATABASE) => {
                        return Err(error).context("cannot make the database");
                    }
                    Ok(()) | Err(_) => {}
                }
                drop(client);
                return connection.await?.context("private Postgres broke the connection");
            }
            Err(error) if error.code() == Some(&SqlState::INVALID_PASSWORD) => {
                bail!("private Postgres was made with another password than the one in the keys")
            }
            Err(_) if running.ended() => {
                bail!("private Postgres did not start; see {}", output.display())
            }
            Err(error) if Instant::now() > deadline => {
                return Err(error).context("private Postgres does not answer");
            }
            Err(_) => sleep(ASK_EVERY).await,
        }
    }
}
