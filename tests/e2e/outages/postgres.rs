//! The read models' database.

use anyhow::Result;
use serde_json::{Value, json};
use tests::{Answer, Client, Service, patient};
use tokio_postgres::NoTls;

use super::Ada;
use crate::{
    measures::{measured, value},
    named_parts::Parts,
};

/// What only Postgres can tell.
const OF_THE_READ_MODELS: [&str; 4] = [
    "registre_projection_behind_facts",
    "registre_projection_behind_seconds",
    "registre_facts_left_out",
    "registre_streams_quarantined",
];

/// The first answer to `GET path` with `status`.
async fn get(client: &Client, path: &str, status: u16) -> Result<Answer> {
    let asked = async {
        loop {
            let answer = client.get(path).await?;
            if answer.status == status {
                return anyhow::Ok(answer);
            }
        }
    };
    patient(asked).await?
}

/// Waits until `client` sees `messages` as sent.
async fn sent(client: &Client, messages: &Value) -> Result<()> {
    let seen = async {
        while get(client, "/messages/sent", 200).await?.body != *messages {}
        anyhow::Ok(())
    };
    patient(seen).await?
}

/// Waits until each of [`OF_THE_READ_MODELS`] has a value that `fits`.
async fn measures(service: &Service, fits: fn(f64) -> bool) -> Result<()> {
    let measuring = async {
        loop {
            let told = measured(service).await?;
            if OF_THE_READ_MODELS.iter().all(|name| value(&told, name, &[]).is_some_and(fits)) {
                return anyhow::Ok(());
            }
        }
    };
    patient(measuring).await?
}

/// Readiness, once it `fits`.
async fn readiness(client: &Client, fits: impl Fn(&Value) -> bool) -> Result<Value> {
    let asked = async {
        loop {
            let told = get(client, "/health/ready", 200).await?.body;
            if fits(&told) {
                return anyhow::Ok(told);
            }
        }
    };
    patient(asked).await?
}

#[tokio::test]
async fn a_postgres_that_stops_and_starts_again_is_caught_up_with_by_the_same_service() -> Result<()>
{
    let mut parts = Parts::start().await?;
    let mut service = parts.serve().await?;
    service.expect_errors();
    let mut ada = Ada::join(&service.client()).await?;
    measures(&service, f64::is_finite).await?;
    let mut messages = vec![ada.send().await?.body];
    sent(&ada.client, &json!(messages)).await?;
    for _ in 0..2 {
        parts.stop_postgres().await?;
        let read = get(&ada.client, "/messages/sent", 503).await?;
        assert_eq!(read.header("retry-after"), Some("1"));
        let ready = ada.client.get("/health/ready").await?;
        let told = (ready.status, &ready.body["status"], &ready.body["postgres"]);
        assert_eq!(told, (200, &json!("degraded"), &json!("down")));
        let told = readiness(&ada.client, |told| told["left_out"].is_null()).await?;
        assert_eq!(
            (told.get("left_out"), told.get("quarantined")),
            (Some(&Value::Null), Some(&Value::Null))
        );
        assert!(
            told["projector"] == json!("unknown") || told["projector"] == json!("down"),
            "{told}"
        );
        measures(&service, f64::is_nan).await?;
        let answer = ada.send().await?;
        assert_eq!((answer.status, answer.header("registre-projected")), (200, Some("false")));
        ada.hear_all().await?;

        parts.start_postgres().await?;
        messages.insert(0, answer.body);
        sent(&ada.client, &json!(messages)).await?;
        measures(&service, f64::is_finite).await?;
    }
    service.stop().await?;
    parts.log.shutdown().await;
    Ok(())
}

#[tokio::test]
async fn a_service_that_starts_without_postgres_takes_commands_and_catches_up() -> Result<()> {
    let mut parts = Parts::start().await?;
    parts.stop_postgres().await?;
    let mut service = parts.serve().await?;
    service.expect_errors();
    let mut ada = Ada::join(&service.client()).await?;
    let answer = ada.send().await?;
    assert_eq!((answer.status, answer.header("registre-projected")), (200, Some("false")));
    ada.hear_all().await?;
    parts.start_postgres().await?;
    sent(&ada.client, &json!([answer.body])).await?;
    service.stop().await?;
    parts.log.shutdown().await;
    Ok(())
}

#[tokio::test]
async fn a_service_that_cannot_count_what_is_left_out_in_time_is_not_ready() -> Result<()> {
    let parts = Parts::start().await?;
    let mut projector = parts.serve_as("projector,relay").await?;
    projector.expect_errors();
    let mut api = parts.serve_as("api").await?;
    api.expect_errors();
    let (client, _) = api.client().join("ada").await?;
    readiness(&client, |told| told["status"] == json!("ready")).await?;

    let (holder, connection) = tokio_postgres::connect(&parts.database, NoTls).await?;
    let connection = tokio::spawn(connection);
    holder.batch_execute("BEGIN; LOCK TABLE left_out IN ACCESS EXCLUSIVE MODE").await?;
    let uncounted = |told: &Value| told["left_out"].is_null() && told["postgres"] == json!("up");
    let told = readiness(&client, uncounted).await?;
    assert_eq!(told["status"], json!("degraded"), "{told}");

    holder.batch_execute("COMMIT").await?;
    readiness(&client, |told| told["status"] == json!("ready")).await?;
    drop(holder);
    connection.await??;
    for service in [api, projector] {
        assert_eq!(service.stop().await?.code, Some(0));
    }
    parts.log.shutdown().await;
    Ok(())
}
