//! Requests that are sent again under one name.

use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, Service};

use super::{errors, ids, problem};

async fn send(client: &Client, key: &str, path: &str, body: &Value) -> Result<Answer> {
    let request = client.request(Method::POST, path).header("idempotency-key", key);
    Answer::of(request.json(body)).await
}

#[tokio::test]
async fn a_command_that_is_sent_again_is_carried_out_once_and_answered_each_time() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, id) = service.client().join("ada").await?;
    let hello = json!({ "receiver_id": id, "content": "Bonjour !" });
    let path = "/api/v1/messages";
    let first = send(&ada, "one", path, &hello).await?;
    let service = service.kill_and_restart().await?;
    let ada = ada.at(&service.url);
    let again = send(&ada, "one", path, &hello).await?;
    assert_eq!((first.status, again.status), (201, 201), "{again:?}");
    assert_eq!(first.body, again.body);
    assert_eq!(first.header("registre-position"), again.header("registre-position"));
    let other = send(&ada, "one", path, &json!({ "receiver_id": id, "content": "Salut" })).await?;
    assert_eq!((other.status, problem(&other)), (422, "idempotency-key-reused"));
    assert_eq!(send(&ada, "two", path, &hello).await?.status, 201);
    assert_eq!(ids(&ada.get(path).await?.body).len(), 2);
    let long = "x".repeat(256);
    assert_eq!(errors(&send(&ada, &long, path, &hello).await?), [("Idempotency-Key", "value")]);
    Ok(())
}

#[tokio::test]
async fn a_registration_that_is_sent_again_is_no_second_one() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    let path = "/api/v1/people";
    let body = |name: &str| {
        let email = format!("{name}@example.com");
        json!({ "email": email, "username": name, "password": "correct horse" })
    };
    let first = send(&anyone, "1", path, &body("ada")).await?;
    let again = send(&anyone, "1", path, &body("ada")).await?;
    assert_eq!((first.status, again.status), (201, 201), "{again:?}");
    assert_eq!(first.body, again.body);
    // Another stranger may call theirs the same.
    let other = send(&anyone, "1", path, &body("bob")).await?;
    assert_eq!(other.status, 201, "{other:?}");
    let taken = send(&anyone, "2", path, &body("ada")).await?;
    assert_eq!((taken.status, problem(&taken)), (409, "taken"));
    Ok(())
}
