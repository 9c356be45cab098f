//! Of whoever is erased nothing is left, and nobody comes after them.

use anyhow::Result;
use reqwest::{Method, header::USER_AGENT};
use serde_json::json;
use tests::{Answer, Exit, Service, found_below, tool, until};

/// What only the person who is erased has ever said.
const CANARIES: &[&str] =
    &["canary-b71e", "canary-c3d0", "canary-0d55", "canary-agent", "canary-secret"];

/// `registre erasures <command>` on the data of `service`.
async fn erasures(service: &Service, command: &str) -> Result<Exit> {
    let mut asked = tool();
    asked.args(["erasures", command, "--data"]).arg(service.data());
    Exit::of(asked).await
}

#[tokio::test]
async fn after_an_erasure_and_a_sweep_no_file_holds_a_word_of_that_person() -> Result<()> {
    let service = Service::standalone().await?;
    let (bob, bob_id) = service.client().join("bob").await?;
    let body = json!({
        "username": "canary-b71e", "email": "canary-b71e@example.com", "password": "canary-secret",
    });
    let registered = service.client().post("/register", &body).await?;
    assert_eq!(registered.status, 200);
    let login = json!({ "email": body["email"], "password": body["password"] });
    let login = service.client().request(Method::POST, "/login").json(&login);
    let login = Answer::of(login.header(USER_AGENT, "canary-agent")).await?;
    let ada = service.client().with_token(login.body["access_token"].as_str().unwrap_or_default());
    let sent = ada.send(bob_id, "canary-c3d0").await?;
    let read = bob.put(&format!("/messages/{}/read", sent.body["id"]), &json!({})).await?;
    assert_eq!(read.status, 200);
    let renamed = ada.put("/api/v1/users/me", &json!({ "username": "canary-0d55" })).await?;
    assert_eq!(renamed.status, 200);
    // The search finds what is there, as soon as Postgres has written it.
    let read_models = service.data().join("postgres");
    until(|| found_below(&read_models, CANARIES).is_ok_and(|found| !found.is_empty())).await?;

    // A connection that was idle meanwhile may be cut at any moment.
    let (ada, bob) = (ada.at(&service.url), bob.at(&service.url));
    let erased = ada.delete("/api/v1/users/me").await?;
    assert_eq!((erased.status, erased.header("registre-projected")), (204, Some("true")));
    let swept = erasures(&service, "sweep").await?;
    assert_eq!((swept.code, swept.printed.as_str()), (Some(0), "swept: 1 erased\n"));
    let waits = erasures(&service, "list").await?;
    assert_eq!((waits.code, waits.printed.as_str()), (Some(0), "nothing waits\n"));
    let folder = service.data().parent().unwrap_or(service.data()).to_owned();
    let found = found_below(&folder, CANARIES)?;
    assert!(found.is_empty(), "{found:?}");

    // What bob has received says so, and the address can be had, under another id.
    let received = bob.get("/messages/received").await?.body;
    assert_eq!(received["messages"][0]["id"], sent.body["id"]);
    assert_eq!(received["messages"][0]["content"], "");
    let again = service.client().post("/register", &body).await?;
    assert!(again.body["id"].as_i64() > registered.body["id"].as_i64(), "{again:?}");
    let service = service.kill_and_restart().await?;
    let bob = bob.at(&service.url);
    bob.create_event("after").await?;
    assert_eq!(bob.get("/messages/received").await?.body, received);
    service.stop().await?;
    Ok(())
}
