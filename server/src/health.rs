//! `registre health`: for containers, which have no other client at hand.

use anyhow::{Context, Result, bail};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::arguments::Health;

/// How long the service may take to answer; it bounds its own probes well below.
const ANSWER_WAIT: std::time::Duration = std::time::Duration::from_secs(3);

/// Succeeds when the service answers that it is well.
///
/// # Errors
///
/// When it does not.
pub(crate) async fn run(asked: Health) -> Result<()> {
    let path = if asked.live { "/health/live" } else { "/health/ready" };
    let answer = timeout(ANSWER_WAIT, ask(&asked, path)).await.context("no answer in time")??;
    if answer.split(' ').nth(1) == Some("200") {
        return Ok(());
    }
    let told = answer.rsplit("\r\n").next().unwrap_or_default();
    bail!("{} says {told}", asked.address)
}

async fn ask(asked: &Health, path: &str) -> Result<String> {
    let address = asked.address;
    let connected = TcpStream::connect(address).await;
    let mut stream = connected.with_context(|| format!("cannot reach {address}"))?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}
