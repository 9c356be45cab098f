//! A Postgres of the run's own: the calibration of durable one-row inserts, and what the service
//! and its bare counterpart read from.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, ensure};

use crate::scratch::Place;

/// Five columns, about 200 bytes, one of them a unique text.
const TABLE: &str = "create table calibration \
    (name text unique, stream text, number bigint, kind text, body text)";
const INSERT: &str = "\\set a random(1, 9000000000000000000)\n\
    \\set b random(1, 9000000000000000000)\n\
    insert into calibration values \
    (:a::text || '-' || :b::text, 's-' || :b::text, :a, 'thing-done.v1', repeat('x', 120));\n";

/// A running cluster with its durable defaults, stopped with its owner.
#[derive(Debug)]
pub(crate) struct Postgres {
    programs: PathBuf,
    user: String,
    home: PathBuf,
    port: String,
}

/// Inserts per second.
pub(crate) struct Inserts {
    pub(crate) one: f64,
    pub(crate) sixty_four: f64,
}

impl Postgres {
    /// A new cluster below `directory`, on loopback.
    pub(crate) fn start(place: &Place, directory: &Path) -> anyhow::Result<Self> {
        let home = directory.join("postgres");
        fs::create_dir(&home)?;
        let user = place.postgres_user.clone();
        if runs_as_root() {
            run(Command::new("chmod").arg("a+rx").arg(directory))?;
            run(Command::new("chown").arg(format!("{user}:")).arg(&home))?;
        }
        // Free now; nothing else on this machine is known to be looking for a port.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
        let cluster = Self { programs: place.programs()?, user, home, port };
        run(cluster
            .program("initdb")
            .args(["-A", "trust", "-U", "bench", "-D"])
            .arg(cluster.data()))?;
        let settings = format!(
            "-p {} -c listen_addresses=127.0.0.1 -k {}",
            cluster.port,
            cluster.home.display()
        );
        let log = cluster.home.join("log");
        run(cluster.control().args(["-o", &settings, "-l"]).arg(log).arg("start"))?;
        Ok(cluster)
    }

    /// The address of `database`.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://bench@127.0.0.1:{}/{database}", self.port)
    }

    /// Runs one statement in `database`.
    pub(crate) fn execute(&self, database: &str, sql: &str) -> anyhow::Result<()> {
        let mut psql = self.program("psql");
        psql.args(self.place()).args(["-q", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql]);
        run(&mut psql).map(drop)
    }

    /// Durable one-row inserts per second, by 1 and by 64 clients.
    pub(crate) fn inserts(&self, within: Duration) -> anyhow::Result<Inserts> {
        self.prepare_inserts()?;
        let (one, sixty_four) = (self.inserts_by(1, within)?, self.inserts_by(64, within)?);
        println!("calibration    P1 {one:>9.0}/s    P64 {sixty_four:>9.0}/s");
        Ok(Inserts { one, sixty_four })
    }

    /// Makes what is inserted into.
    pub(crate) fn prepare_inserts(&self) -> anyhow::Result<()> {
        fs::write(self.script(), INSERT)?;
        self.execute("postgres", TABLE)
    }

    /// Durable one-row inserts per second, by so many clients.
    pub(crate) fn inserts_by(&self, clients: usize, within: Duration) -> anyhow::Result<f64> {
        let (clients, seconds) = (clients.to_string(), within.as_secs().max(1).to_string());
        let printed = run(self
            .program("pgbench")
            .args(self.place())
            .args(["-n", "-M", "prepared", "-j", "2", "-c", &clients, "-T", &seconds, "-f"])
            .arg(self.script())
            .arg("postgres"))?;
        let rate = printed.lines().find_map(|line| line.strip_prefix("tps = "));
        let rate = rate.and_then(|rest| rest.split(' ').next());
        rate.context("pgbench printed no rate")?.parse().context("pgbench's rate")
    }

    fn script(&self) -> PathBuf {
        self.home.join("insert.sql")
    }

    fn place(&self) -> [&str; 6] {
        ["-h", "127.0.0.1", "-p", &self.port, "-U", "bench"]
    }

    fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    fn control(&self) -> Command {
        let mut command = self.program("pg_ctl");
        command.args(["-w", "-m", "fast", "-D"]).arg(self.data());
        command
    }

    /// Postgres refuses to run as root.
    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        if !runs_as_root() {
            return Command::new(path);
        }
        let mut command = Command::new("setpriv");
        command.arg(format!("--reuid={}", self.user)).arg(format!("--regid={}", self.user));
        command.arg("--clear-groups").arg(path).current_dir(&self.home);
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Err(error) = run(self.control().arg("stop")) {
            eprintln!("Postgres was not stopped: {error:#}");
        }
    }
}

fn runs_as_root() -> bool {
    run(Command::new("id").arg("-u")).is_ok_and(|user| user.trim() == "0")
}

/// What a program printed.
fn run(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} failed: {said}");
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
