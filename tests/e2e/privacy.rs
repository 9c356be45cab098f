//! Personal data stands in clear in the read models alone.

use anyhow::Result;
use tests::{Service, found_below, until};

/// What must not be found, in any file.
const CANARIES: &[&str] = &["canary-9f3e", "canary-word", "canary-4b1d"];

#[tokio::test]
async fn the_log_its_keys_and_what_the_service_says_hold_no_clear_text_of_anybody() -> Result<()> {
    let service = Service::standalone().await?;
    let body = serde_json::json!({
        "username": "canary-9f3e",
        "email": "canary-9f3e@example.com",
        "password": "canary-word",
    });
    let registered = service.client().post("/register", &body).await?;
    assert_eq!(registered.status, 200);
    let login = serde_json::json!({ "email": body["email"], "password": body["password"] });
    let login = service.client().post("/login", &login).await?;
    let ada = service.client().with_token(login.body["access_token"].as_str().unwrap_or_default());
    let sent = ada.send(1, "canary-4b1d").await?;
    assert_eq!(sent.status, 200);

    for part in ["log", "keys", "nats"] {
        let found = found_below(&service.data().join(part), CANARIES)?;
        assert!(found.is_empty(), "{found:?}");
    }
    let said = service.said();
    assert!(CANARIES.iter().all(|canary| !said.contains(canary)), "{said}");
    // The search finds what is there: the read models hold the message, as soon as Postgres has
    // written it. Its files come and go meanwhile.
    let read_models = service.data().join("postgres");
    let is_there = |places: Vec<String>| places.iter().any(|place| place.contains("canary-4b1d"));
    until(|| found_below(&read_models, CANARIES).is_ok_and(is_there)).await
}
