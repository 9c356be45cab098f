//! A log that a crash has torn.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    process::Stdio,
};

use anyhow::{Context, Result};
use eventlog::server::{EmbeddedLog, Options};
use rustix::process::{Pid, Signal, kill_process};
use tests::{patient, tool};
use tokio::io::{AsyncBufReadExt, BufReader};

#[tokio::test]
async fn a_log_says_how_much_it_drops_of_what_a_crash_has_torn() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (live, data) = (folder.path().join("live"), folder.path().join("data"));
    let listen = "127.0.0.1:0".parse()?;
    let options = Options { directory: live.clone(), listen, password: None, tls: None };
    let log = EmbeddedLog::start(options).await?;
    // As a crash in the middle of a commit leaves it.
    let torn = data.join("log");
    fs::create_dir_all(&torn)?;
    for entry in fs::read_dir(&live)? {
        let path = entry?.path();
        fs::copy(&path, torn.join(path.file_name().context("a file has a name")?))?;
    }
    let wal = torn.join("log.sqlite-wal");
    OpenOptions::new().append(true).open(wal)?.write_all(&[1; 1_000])?;
    log.shutdown().await;

    let mut serve = tool();
    serve.args(["log", "serve", "--listen", "127.0.0.1:0", "--data"]).arg(&data);
    let mut serving = serve.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut lines = BufReader::new(serving.stdout.take().context("it is piped")?).lines();
    patient(async {
        while let Some(line) = lines.next_line().await? {
            if line.contains("Ctrl-C") {
                return Ok(());
            }
        }
        anyhow::bail!("it does not serve")
    })
    .await??;
    let pid = serving.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
    kill_process(pid.context("it has ended already")?, Signal::TERM)?;
    let ended = patient(serving.wait_with_output()).await??;

    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(said.contains("discarded 1000 bytes"), "{said}");
    assert_eq!(ended.status.code(), Some(0));
    Ok(())
}
