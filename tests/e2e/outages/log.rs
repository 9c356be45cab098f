//! The record itself.

use std::{path::Path, process::Stdio};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tests::{Service, patient, tool};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Child,
};

use super::Ada;
use crate::named_parts::Parts;

/// A log that is a process of its own, killed with its test.
struct LogProcess {
    url: String,
    child: Child,
}

impl LogProcess {
    async fn start(data: &Path) -> Result<Self> {
        let mut command = tool();
        command.args(["log", "serve", "--listen", "127.0.0.1:0", "--data"]).arg(data);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let stdout = child.stdout.take().context("standard output is piped")?;
        let line = patient(BufReader::new(stdout).lines().next_line()).await??;
        let line = line.context("it says nothing")?;
        let address = line.rsplit(' ').next().context("it names no address")?;
        Ok(Self { url: format!("esdb://{address}?tls=false"), child })
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let pid = self.child.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
        Ok(kill_process(pid.context("it has ended")?, signal)?)
    }
}

#[tokio::test]
async fn while_the_log_hangs_nothing_is_accepted_and_afterwards_everything_goes_on() -> Result<()> {
    let parts = Parts::start().await?;
    let folder = tempfile::tempdir()?;
    let log = LogProcess::start(folder.path()).await?;
    let mut command = parts.command();
    command.env("EVENTSTORE_URL", &log.url);
    let mut service = Service::start(command, &parts.data()).await?;
    service.expect_errors();
    let mut ada = Ada::join(&service.client()).await?;
    ada.send_some(1).await?;
    ada.hear_all().await?;

    log.signal(Signal::STOP)?;
    let refused = service.client().register("bob").await?;
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")));
    let closed = ada.socket.close().await?;
    assert_eq!(closed, (1013, "state of the session is unknown".to_owned()));
    let ready = ada.client.get("/health/ready").await?;
    assert_eq!((ready.status, &ready.body["log"]), (503, &json!("down")));
    let refused = ada.client.send(ada.id, "unheard").await?;
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")));
    assert_eq!(ada.client.get("/events").await?.status, 200);

    log.signal(Signal::CONT)?;
    let known = async {
        while ada.client.get("/auth/me").await?.status != 200 {}
        anyhow::Ok(())
    };
    patient(known).await??;
    let mut ada = Ada { socket: ada.client.socket().await?, ..ada };
    ada.send_some(3).await?;
    ada.hear_all().await?;
    service.stop().await?;
    parts.log.shutdown().await;
    Ok(())
}
