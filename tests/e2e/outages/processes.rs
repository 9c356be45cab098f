//! One process of several that freezes: another takes over, and the frozen one does no harm when it
//! wakes.

use anyhow::{Context, Result};
use futures::StreamExt;
use rustix::process::Signal;
use serde_json::{Value, json};
use tests::{Service, patient, until};

use super::Ada;
use crate::named_parts::Parts;

fn said(service: &Service, words: &str) -> usize {
    service.said().matches(words).count()
}

#[tokio::test]
async fn a_relay_that_is_frozen_is_replaced_and_changes_nothing_when_it_wakes() -> Result<()> {
    let parts = Parts::start().await?;
    // All of them say what they do in one place. Who projects makes the tables.
    let api = parts.serve_as("api,projector").await?;
    let one = parts.serve_as("relay").await?;
    until(|| said(&one, "relay follows the log") == 1).await?;
    let two = parts.serve_as("relay").await?;
    let nats = async_nats::connect(&parts.broker.url).await?;
    let mut bells = nats.subscribe("registre.new_message.*").await?;
    nats.flush().await?;
    let mut ada = Ada::join(&api.client()).await?;
    ada.send_some(3).await?;
    ada.hear_all().await?;

    one.signal(Signal::STOP)?;
    ada.send_some(3).await?;
    ada.hear_all().await?;
    until(|| said(&two, "relay follows the log") == 2).await?;
    let sent = ada.send().await?;
    loop {
        let bell = patient(bells.next()).await?.context("the bell is silent")?;
        let told: Value = serde_json::from_slice(&bell.payload)?;
        if told["cursor"] == json!(sent.header("registre-position")) {
            break;
        }
    }

    one.signal(Signal::CONT)?;
    until(|| said(&one, "another relay has taken over") == 1).await?;
    ada.send_some(3).await?;
    ada.hear_all().await?;
    assert_eq!(parts.number("SELECT epoch FROM relay").await?, 2);
    for service in [one, two, api] {
        assert_eq!(service.stop().await?.code, Some(0));
    }
    parts.log.shutdown().await;
    Ok(())
}

#[tokio::test]
async fn a_projector_that_is_frozen_is_replaced_and_writes_nothing_when_it_wakes() -> Result<()> {
    let parts = Parts::start().await?;
    let one = parts.serve_as("projector").await?;
    until(|| said(&one, "projector follows the log") == 1).await?;
    let two = parts.serve_as("projector").await?;
    let api = parts.serve_as("api,relay").await?;
    let (ada, _) = api.client().join("ada").await?;

    one.signal(Signal::STOP)?;
    let mut created = Vec::new();
    // The answers wait for the read models, and say when somebody makes them again.
    let projected = async {
        loop {
            let event = ada.create_event(&format!("Fête {}", created.len())).await?;
            assert_eq!(event.status, 200);
            let projected = event.header("registre-projected") == Some("true");
            created.push(event.body);
            if projected {
                return anyhow::Ok(());
            }
        }
    };
    patient(projected).await??;
    let epoch = "SELECT epoch FROM checkpoints WHERE name = 'read_models.v1'";
    assert_eq!(parts.number(epoch).await?, 2);

    one.signal(Signal::CONT)?;
    until(|| said(&one, "projector starts again") == 1).await?;
    let waits = async {
        while one.client().get("/health/ready").await?.body["projector"] != json!("standby") {}
        anyhow::Ok(())
    };
    patient(waits).await??;
    let event = ada.create_event("after").await?;
    assert_eq!(event.header("registre-projected"), Some("true"));
    created.push(event.body);
    assert_eq!(ada.get("/events").await?.body, json!(created));
    assert_eq!(parts.number(epoch).await?, 2);
    for service in [api, two, one] {
        assert_eq!(service.stop().await?.code, Some(0));
    }
    parts.log.shutdown().await;
    Ok(())
}
