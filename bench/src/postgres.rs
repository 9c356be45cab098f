//! The calibration: durable one-row inserts into Postgres.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, ensure};

/// Five columns, about 200 bytes, one of them a unique text.
const TABLE: &str = "create table calibration \
    (name text unique, stream text, number bigint, kind text, body text)";
const INSERT: &str = "\\set a random(1, 9000000000000000000)\n\
    \\set b random(1, 9000000000000000000)\n\
    insert into calibration values \
    (:a::text || '-' || :b::text, 's-' || :b::text, :a, 'thing-done.v1', repeat('x', 120));\n";

/// How the calibration runs.
pub(crate) struct Calibration<'a> {
    pub(crate) programs: &'a Path,
    pub(crate) user: &'a str,
    pub(crate) directory: &'a Path,
    pub(crate) within: Duration,
}

/// Inserts per second.
pub(crate) struct Inserts {
    pub(crate) one: f64,
    pub(crate) sixty_four: f64,
}

impl Calibration<'_> {
    pub(crate) fn measure(&self) -> anyhow::Result<Inserts> {
        let home = self.directory.join("postgres");
        fs::create_dir(&home)?;
        let script = home.join("insert.sql");
        fs::write(&script, INSERT)?;
        if runs_as_root() {
            let owner = format!("{}:", self.user);
            run(Command::new("chmod").arg("a+rx").arg(self.directory))?;
            run(Command::new("chown").arg("-R").arg(owner).arg(&home))?;
        }
        let data = home.join("data");
        run(self.program("initdb").args(["-A", "trust", "-U", "bench", "-D"]).arg(&data))?;
        // Free now; nothing else on this machine is known to be looking for a port.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
        let settings = format!("-p {port} -c listen_addresses=127.0.0.1 -k {}", home.display());
        let log = home.join("log");
        run(self
            .program("pg_ctl")
            .args(["-w", "-o", &settings, "-D"])
            .arg(&data)
            .arg("-l")
            .arg(log)
            .arg("start"))?;
        let inserts = self.inserts(&port, &script);
        run(self.program("pg_ctl").args(["-w", "-m", "fast", "-D"]).arg(&data).arg("stop"))?;
        inserts
    }

    fn inserts(&self, port: &str, script: &Path) -> anyhow::Result<Inserts> {
        let place = ["-h", "127.0.0.1", "-p", port, "-U", "bench"];
        run(self.program("psql").args(place).args(["-d", "postgres", "-c", TABLE]))?;
        let rate = |clients: &str| {
            let seconds = self.within.as_secs().to_string();
            let printed = run(self
                .program("pgbench")
                .args(place)
                .args(["-n", "-M", "prepared", "-j", "2", "-c", clients, "-T", &seconds, "-f"])
                .arg(script)
                .arg("postgres"))?;
            let rate = printed.lines().find_map(|line| line.strip_prefix("tps = "));
            let rate = rate.and_then(|rest| rest.split(' ').next());
            rate.context("pgbench printed no rate")?.parse::<f64>().context("pgbench's rate")
        };
        Ok(Inserts { one: rate("1")?, sixty_four: rate("64")? })
    }

    /// Postgres refuses to run as root.
    fn program(&self, name: &str) -> Command {
        let path: PathBuf = self.programs.join(name);
        if !runs_as_root() {
            return Command::new(path);
        }
        let mut command = Command::new("setpriv");
        command.arg(format!("--reuid={}", self.user)).arg(format!("--regid={}", self.user));
        command.arg("--clear-groups").arg(path).current_dir(self.directory);
        command
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
