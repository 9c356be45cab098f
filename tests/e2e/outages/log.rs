//! The record itself.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tests::{Client, Service, patient, tool, until};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Child,
    time::timeout,
};

use super::Ada;
use crate::named_parts::Parts;

/// Three seconds, and what a busy machine adds to them: less than a second such wait.
const REFUSED_WITHIN: Duration = Duration::from_secs(5);

/// A log that is a process of its own, killed with its test.
pub(super) struct LogProcess {
    pub(super) url: String,
    address: String,
    data: PathBuf,
    child: Child,
}

impl LogProcess {
    pub(super) async fn start(data: &Path) -> Result<Self> {
        Self::start_at(data, "127.0.0.1:0").await
    }

    /// Ends it as `kill -9` does.
    pub(super) async fn kill(&mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Starts it again after its end, where it was and with what it held.
    pub(super) async fn start_again(&mut self) -> Result<()> {
        *self = Self::start_at(&self.data, &self.address).await?;
        Ok(())
    }

    async fn start_at(data: &Path, listen: &str) -> Result<Self> {
        let mut command = tool();
        command.args(["log", "serve", "--listen", listen, "--data"]).arg(data);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let stdout = child.stdout.take().context("standard output is piped")?;
        let line = patient(BufReader::new(stdout).lines().next_line()).await??;
        let line = line.context("it says nothing")?;
        let address = line.rsplit(' ').next().context("it names no address")?;
        let url = format!("esdb://{address}?tls=false");
        Ok(Self { url, address: address.to_owned(), data: data.to_owned(), child })
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
    let stranger = service.client();
    let refused = timeout(REFUSED_WITHIN, stranger.register("bob"));
    let refused = refused.await.context("the answer takes too long")??;
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

/// Sends until it is accepted: what was refused is not sent again, so it is not to be heard either.
async fn send_until_accepted(client: &Client, to: i64, text: &str) -> Result<()> {
    patient(async {
        while client.send(to, text).await?.status != 200 {}
        anyhow::Ok(())
    })
    .await?
}

#[tokio::test]
async fn a_service_that_starts_before_its_log_serves_as_soon_as_that_is_there() -> Result<()> {
    let parts = Parts::start().await?;
    let folder = tempfile::tempdir()?;
    let mut log = LogProcess::start(folder.path()).await?;
    log.kill().await?;
    let mut command = parts.command();
    command.env("EVENTSTORE_URL", &log.url);
    let said = parts.data().with_extension("log");
    let waits = || std::fs::read_to_string(&said).is_ok_and(|said| said.contains("waiting for"));
    let data = parts.data();
    let (service, begun) = tokio::join!(Service::start(command, &data), async {
        until(waits).await?;
        log.start_again().await
    });
    begun?;
    let service = service?;
    let mut ada = Ada::join(&service.client()).await?;
    ada.send_some(3).await?;
    ada.hear_all().await?;
    service.stop().await?;
    parts.log.shutdown().await;
    Ok(())
}

#[tokio::test]
async fn parts_that_go_and_come_back_over_and_over_cost_nothing_that_was_accepted() -> Result<()> {
    let mut parts = Parts::start().await?;
    let folder = tempfile::tempdir()?;
    let mut log = LogProcess::start(folder.path()).await?;
    let mut command = parts.command();
    command.env("EVENTSTORE_URL", &log.url);
    let mut service = Service::start(command, &parts.data()).await?;
    service.expect_errors();
    let (ada, id) = service.client().join("ada").await?;
    let mut accepted = Vec::new();
    for round in 0..3 {
        parts.broker.kill().await?;
        parts.stop_postgres().await?;
        let text = format!("without Postgres and NATS {round}");
        send_until_accepted(&ada, id, &text).await?;
        log.kill().await?;
        assert_eq!(ada.send(id, "without the log").await?.status, 503);
        parts.start_postgres().await?;
        log.start_again().await?;
        parts.broker.start_empty().await?;
        accepted.push(text);
        let text = format!("with all of them {round}");
        send_until_accepted(&ada, id, &text).await?;
        accepted.push(text);
    }
    // Newest first; what the log was killed under may have been written, and says so by its text.
    let caught_up = patient(async {
        loop {
            let sent = ada.get("/messages/sent").await?;
            let texts = sent.body.as_array().into_iter().flatten().rev();
            let texts: Vec<_> = texts.filter_map(|sent| sent["content"].as_str()).collect();
            let mut kept: Vec<_> =
                texts.into_iter().filter(|text| *text != "without the log").collect();
            // An answer that was lost may have been a success.
            kept.dedup();
            if kept.len() >= accepted.len() {
                return anyhow::Ok(kept.iter().map(ToString::to_string).collect::<Vec<_>>());
            }
        }
    });
    assert_eq!(caught_up.await??, accepted);
    service.stop().await?;
    parts.log.shutdown().await;
    Ok(())
}
