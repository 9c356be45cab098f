//! `registre health`: for containers, which have no other client at hand.

mod unverified;

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

use crate::arguments::Health;

/// How long the service may take to answer; it bounds its own probes well below.
const ANSWER_WAIT: std::time::Duration = std::time::Duration::from_secs(3);

/// Succeeds when the service answers that it is well.
///
/// # Errors
///
/// When it does not.
pub(crate) async fn run(asked: Health) -> Result<()> {
    let answer = timeout(ANSWER_WAIT, reach(&asked)).await.context("no answer in time")??;
    if answer.split(' ').nth(1) == Some("200") {
        return Ok(());
    }
    let told = answer.rsplit("\r\n").next().unwrap_or_default();
    bail!("{} says {told}", asked.address)
}

async fn reach(asked: &Health) -> Result<String> {
    let address = asked.address;
    let connected = TcpStream::connect(address).await;
    let stream = connected.with_context(|| format!("cannot reach {address}"))?;
    if asked.tls_cert.is_none() {
        return ask(stream, asked).await;
    }
    let connector = TlsConnector::from(Arc::new(unverified::config()?));
    let name = ServerName::IpAddress(address.ip().into());
    let encrypted = connector.connect(name, stream).await;
    ask(encrypted.with_context(|| format!("{address} does not speak TLS"))?, asked).await
}

async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin, asked: &Health) -> Result<String> {
    let (address, path) =
        (asked.address, if asked.live { "/health/live" } else { "/health/ready" });
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
