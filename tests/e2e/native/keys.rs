//! Requests that are sent again under one name.

use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, Service};

use super::{administered, errors, ids, problem};

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

#[tokio::test]
async fn a_program_gets_one_key_however_often_it_is_asked_for_and_what_moved_is_not_revoked()
-> Result<()> {
    let (service, admin) = administered().await?;
    let (path, body) = ("/api/v1/api-keys", json!({ "name": "List", "scopes": ["directory"] }));
    let first = send(&admin, "one", path, &body).await?;
    let again = send(&admin, "one", path, &body).await?;
    assert_eq!((first.status, again.status), (201, 201), "{again:?}");
    assert_eq!((&first.body["key"], first.header("etag")), (&again.body["key"], Some("\"0\"")));
    let other = json!({ "name": "List", "scopes": ["audit:read"] });
    let other = send(&admin, "one", path, &other).await?;
    assert_eq!((other.status, problem(&other)), (422, "idempotency-key-reused"));
    let list = admin.get(path).await?;
    assert_eq!(list.body["items"].as_array().map(Vec::len), Some(1), "{list:?}");

    let key = first.body["key"].as_str().unwrap_or_default();
    let used = service.client().request(Method::POST, "/insertEmail").header("x-api-key", key);
    let used = Answer::of(used.json(&json!({ "email": "ada@example.com" }))).await?;
    assert_eq!(used.status, 200, "{used:?}");
    let path = format!("{path}/{}", first.body["id"].as_str().unwrap_or_default());
    let revoke = |tag: &'static str, name: &'static str| {
        let request = admin.request(Method::DELETE, &path).header("if-match", tag);
        Answer::of(request.header("idempotency-key", name))
    };
    let moved = revoke("\"7\"", "two").await?;
    assert_eq!((moved.status, problem(&moved)), (412, "precondition-failed"));
    assert_eq!(revoke("\"0\"", "three").await?.status, 204);
    // The answer was lost: what it was about has moved since, by this very request.
    assert_eq!(revoke("\"0\"", "three").await?.status, 204);
    assert_eq!(revoke("\"0\"", "four").await?.status, 412);

    let issued = first.header("registre-position").unwrap_or_default();
    let then = admin.get(&format!("/api/v1/api-keys?as_of={issued}")).await?;
    let now = admin.get("/api/v1/api-keys").await?;
    let revoked = |list: &Answer| list.body["items"][0]["revoked_at"].is_string();
    assert_eq!((then.status, revoked(&then), revoked(&now)), (200, false, true), "{then:?}");
    assert_eq!(then.header("registre-read-position"), Some(issued));
    Ok(())
}
