//! The read models' database.

use anyhow::Result;
use serde_json::{Value, json};
use tests::{Answer, Client, patient};

use super::Ada;
use crate::named_parts::Parts;

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

#[tokio::test]
async fn a_postgres_that_stops_and_starts_again_is_caught_up_with_by_the_same_service() -> Result<()>
{
    let mut parts = Parts::start().await?;
    let mut service = parts.serve().await?;
    service.expect_errors();
    let mut ada = Ada::join(&service.client()).await?;
    let mut messages = vec![ada.send().await?.body];
    sent(&ada.client, &json!(messages)).await?;
    for _ in 0..2 {
        parts.stop_postgres().await?;
        let read = get(&ada.client, "/messages/sent", 503).await?;
        assert_eq!(read.header("retry-after"), Some("1"));
        let ready = ada.client.get("/health/ready").await?;
        let told = (ready.status, &ready.body["status"], &ready.body["postgres"]);
        assert_eq!(told, (200, &json!("degraded"), &json!("down")));
        let answer = ada.send().await?;
        assert_eq!((answer.status, answer.header("registre-projected")), (200, Some("false")));
        ada.hear_all().await?;

        parts.start_postgres().await?;
        messages.insert(0, answer.body);
        sent(&ada.client, &json!(messages)).await?;
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
