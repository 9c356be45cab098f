//! The read models: made from the log, by one projector at a time.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::{Client, Service};
use tokio_postgres::NoTls;

/// Runs `sql` in the service's own Postgres.
async fn run_sql(service: &Service, sql: &str) -> Result<()> {
    let password = std::fs::read_to_string(service.data().join("keys/postgres.password"))?;
    let socket = service.data().join("postgres/socket");
    let address = format!("host={} user=registre dbname=registre", socket.display());
    let address = format!("{address} password={}", password.trim());
    let (client, connection) = tokio_postgres::connect(&address, NoTls).await?;
    let connection = tokio::spawn(connection);
    client.batch_execute(sql).await?;
    drop(client);
    Ok(connection.await??)
}

async fn lists(client: &Client) -> Result<Value> {
    let mut all = Vec::new();
    for path in ["/auth/me", "/events", "/messages/sent", "/messages/received"] {
        all.push(client.get(path).await?.body);
    }
    Ok(json!(all))
}

#[tokio::test]
async fn read_models_that_were_lost_are_made_again_from_the_log() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    ada.create_event("Fête").await?;
    ada.send(ada_id, "Bonjour !").await?;
    let before = lists(&ada).await?;

    let wipe = "TRUNCATE users, sessions, events, messages; DELETE FROM checkpoints";
    run_sql(&service, wipe).await?;
    let service = service.stop_and_restart().await?;

    let ada = ada.at(&service.url);
    // A command's answer waits until what it wrote, and so all before it, has been projected.
    ada.create_event("after").await?;
    let events = ada.get("/events").await?.body;
    let mut after = lists(&ada).await?;
    after[1].as_array_mut().context("events are a list")?.pop();
    assert_eq!(events.as_array().map(Vec::len), Some(2));
    assert_eq!(after, before);
    Ok(())
}

#[tokio::test]
async fn a_projector_that_was_replaced_writes_nothing_more() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    run_sql(&service, "UPDATE checkpoints SET epoch = epoch + 1").await?;

    let created = ada.create_event("Fête").await?;
    assert_eq!((created.status, created.header("registre-projected")), (200, Some("false")));
    assert_eq!(ada.get("/events").await?.body, json!([]));
    let ready = ada.get("/health/ready").await?;
    assert_eq!(ready.body["status"], json!("degraded"));
    assert_eq!(ready.body["projector"], json!("down"));
    Ok(())
}

#[tokio::test]
async fn read_models_of_another_log_are_refused_and_both_places_are_named() -> Result<()> {
    let service = Service::standalone().await?;
    service.client().join("ada").await?;
    run_sql(&service, "UPDATE checkpoints SET fact = gen_random_uuid()").await?;
    let service = service.stop_and_restart().await?;
    let (bob, _) = service.client().join("bob").await?;
    assert_eq!(bob.get("/health/ready").await?.body["projector"], json!("down"));
    assert!(service.said().contains("a restored or foreign log"), "{}", service.said());
    Ok(())
}
