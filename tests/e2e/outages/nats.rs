//! The bell.

use std::time::Duration;

use anyhow::{Context, Result};
use futures::StreamExt;
use serde_json::{Value, json};
use tests::patient;

use super::Ada;
use crate::named_parts::Parts;

#[tokio::test]
async fn a_nats_that_comes_back_empty_has_cost_the_sockets_nothing() -> Result<()> {
    let mut parts = Parts::start().await?;
    let service = parts.serve().await?;
    let mut ada = Ada::join(&service.client()).await?;
    for _ in 0..2 {
        ada.send_some(3).await?;
        parts.broker.kill().await?;
        ada.send_some(3).await?;
        parts.broker.start_empty().await?;
        ada.send_some(3).await?;
        ada.hear_all().await?;
    }
    // And the bell rings again.
    let nats = async_nats::connect(&parts.broker.url).await?;
    let mut bells = nats.subscribe("registre.new_message.*").await?;
    nats.flush().await?;
    let sent = ada.send().await?;
    loop {
        let bell = patient(bells.next()).await?.context("the bell is silent")?;
        let told: Value = serde_json::from_slice(&bell.payload)?;
        if told["cursor"] == json!(sent.header("registre-position")) {
            break;
        }
    }
    ada.hear_all().await?;
    service.stop().await?;
    parts.log.shutdown().await;
    Ok(())
}

#[tokio::test]
async fn a_service_that_starts_without_nats_goes_by_the_log_until_the_bell_is_there() -> Result<()>
{
    let mut parts = Parts::start().await?;
    parts.broker.kill().await?;
    let service = parts.serve().await?;
    let mut ada = Ada::join(&service.client()).await?;
    ada.send_some(3).await?;
    ada.hear_all().await?;
    let ready = ada.client.get("/health/ready").await?.body;
    assert_eq!((&ready["status"], &ready["nats"]), (&json!("degraded"), &json!("down")));

    parts.broker.start_empty().await?;
    ada.send_some(3).await?;
    ada.hear_all().await?;
    let up = async {
        while ada.client.get("/health/ready").await?.body["status"] != json!("ready") {}
        anyhow::Ok(())
    };
    patient(up).await??;
    ada.send_some(3).await?;
    ada.hear_all().await?;
    service.stop().await?;
    parts.log.shutdown().await;
    Ok(())
}

/// How often the relay of this test beats: far more often than it has to.
const BEAT: Duration = Duration::from_millis(100);

#[tokio::test]
async fn a_relay_that_beats_and_has_lost_the_log_is_found_out() -> Result<()> {
    let parts = Parts::start().await?;
    let service = parts.serve_as("api,projector").await?;
    let mut ada = Ada::join(&service.client()).await?;
    // Its beats say, for ever, that nothing has come since.
    let sent = ada.send().await?;
    ada.hear_all().await?;
    let last = sent.header("registre-position");
    let beat = serde_json::to_vec(&json!({ "last": last, "head": last }))?;
    let nats = async_nats::connect(&parts.broker.url).await?;
    let beats = async {
        let mut beats = tokio::time::interval(BEAT);
        loop {
            beats.tick().await;
            nats.publish("registre.heartbeat", beat.clone().into()).await?;
        }
    };
    let messages = async {
        for _ in 0..5 {
            ada.send_some(2).await?;
            ada.hear_all().await?;
        }
        anyhow::Ok(())
    };
    tokio::select! {
        ended = beats => return ended,
        heard = messages => heard?,
    }
    service.stop().await?;
    parts.log.shutdown().await;
    Ok(())
}
