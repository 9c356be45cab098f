//! The Community document's client, in JavaScript: it waits for messages.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde_json::json;
use tests::{Service, patient};

use super::{NODE, lines, node_room, run_in_node, sample, wait_for};

/// A client that runs `script`, in which nothing but host and token is filled in, is told of a
/// message, and why it is closed.
async fn is_told(name: &str, script: &str) -> Result<()> {
    let room = node_room(name).await?;
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    let (bob, bob_id) = service.client().join("bob").await?;
    let script = script.replace("your-api-url", service.url.trim_start_matches("http://"));
    let token = json!(bob.token().context("bob has no token")?);
    let mut client = run_in_node(&room, &format!("const token = {token};\n{script}"))?;
    let (mut told, mut said) = (lines(client.stdout.take())?, lines(client.stderr.take())?);
    wait_for(&mut said, &["open"]).await?;

    ada.send(bob_id, "Bonjour, Bob !").await?;
    wait_for(&mut told, &["Nouveau message reçu:", "content: 'Bonjour, Bob !'"]).await?;
    let (stopped, closed) = tokio::join!(service.stop(), wait_for(&mut told, &["fermée: 1001"]));
    closed?;
    assert_eq!(stopped?.code, Some(0));
    assert!(patient(client.wait()).await??.success());
    Ok(())
}

#[tokio::test]
async fn the_documents_own_client_is_told() -> Result<()> {
    let Some(script) = sample("001", "javascript")? else { return Ok(()) };
    is_told("documents-own-client", &script).await
}

#[tokio::test]
async fn a_client_that_does_the_same_is_told() -> Result<()> {
    is_told("client-of-ours", &fs::read_to_string(Path::new(NODE).join("listen.js"))?).await
}
