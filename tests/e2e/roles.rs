//! One process per part of the work.

use anyhow::Result;
use serde_json::json;
use tests::{Exit, Service, registre};

use crate::named_parts::Parts;

#[tokio::test]
async fn separate_processes_are_one_service() -> Result<()> {
    let parts = Parts::start().await?;
    let start = async |roles: &str| {
        let mut command = parts.command();
        command.args(["--role", roles]);
        Service::start(command, &parts.data()).await
    };
    let projector = start("projector").await?;
    let relay = start("relay").await?;
    let (one, two) = (start("api").await?, start("api").await?);

    let (ada, ada_id) = one.client().join("ada").await?;
    let mut socket = ada.at(&two.url).socket().await?;
    let sent = ada.send(ada_id, "through four processes").await?;
    assert_eq!(sent.header("registre-projected"), Some("true"));
    assert_eq!(socket.frame().await?["message"]["content"], json!("through four processes"));
    assert_eq!(ada.at(&two.url).get("/messages/sent").await?.body, json!([sent.body]));

    let told = async |service: &Service| service.client().get("/health/ready").await;
    assert_eq!(told(&one).await?.body["projector"], json!("elsewhere"));
    assert_eq!(told(&projector).await?.body["projector"], json!("up"));
    // Who answers no clients says how it is, and nothing else.
    let refused = relay.client().get("/events").await?;
    assert_eq!((refused.status, told(&relay).await?.status), (404, 200));
    for service in [one, two, relay, projector] {
        assert_eq!(service.stop().await?.code, Some(0));
    }
    parts.log.shutdown().await;
    Ok(())
}

#[tokio::test]
async fn a_part_of_the_roles_without_addresses_ends_with_one_sentence() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut command = registre(&folder.path().join("data"));
    command.args(["--role", "projector"]);
    let exit = Exit::of(command).await?;
    assert_eq!(exit.code, Some(1));
    assert_eq!(exit.sentences().len(), 1, "{}", exit.said);
    assert!(exit.said.contains("EVENTSTORE_URL, DATABASE_URL and NATS_URL"), "{}", exit.said);
    Ok(())
}
