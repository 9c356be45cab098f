//! What was, at any moment.

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, Service};

use super::{administered, ask, problem};

const LISTS: &[&str] =
    &["/api/v1/people", "/api/v1/events", "/api/v1/messages", "/api/v1/machines"];

/// All lists, as of a place or now.
async fn lists(client: &Client, as_of: Option<&str>) -> Result<Value> {
    let query = as_of.map(|cursor| format!("?as_of={cursor}")).unwrap_or_default();
    let mut all = Vec::new();
    for path in LISTS {
        let answer = client.get(&format!("{path}{query}")).await?;
        anyhow::ensure!(answer.status == 200, "{answer:?}");
        if let Some(cursor) = as_of {
            assert_eq!(answer.header("registre-read-position"), Some(cursor));
        }
        all.push(answer.body);
    }
    Ok(json!(all))
}

/// What `did` wrote, and everything as it was right after.
async fn snapshot(client: &Client, did: &Answer) -> Result<(String, Value)> {
    assert_eq!(did.header("registre-projected"), Some("true"), "{did:?}");
    let cursor = did.header("registre-position").context("it wrote something")?;
    Ok((cursor.to_owned(), lists(client, None).await?))
}

#[tokio::test]
async fn every_past_is_answered_as_it_was_answered_then() -> Result<()> {
    let (service, admin) = administered().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let (bob, bob_id) = service.client().join("bob").await?;
    let machine = json!({
        "name": "web", "operating_system": "Debian", "cpu_cores": 1, "ram_gb": 1, "disk_gb": 1,
        "status": "running",
    });
    let mut taken = Vec::new();
    taken.push(snapshot(&ada, &ada.create_event("F\u{ea}te").await?).await?);
    let made = ada.post("/api/v1/machines", &machine).await?;
    taken.push(snapshot(&ada, &made).await?);
    let path = made.header("location").unwrap_or_default();
    taken.push(snapshot(&ada, &ask(&ada, Method::POST, &format!("{path}/stop")).await?).await?);
    let sent = bob.send(ada_id, "Bonjour !").await?;
    taken.push(snapshot(&ada, &sent).await?);
    let read = format!("/api/v1/messages/{}/read", sent.body["id"]);
    taken.push(snapshot(&ada, &ask(&ada, Method::PUT, &read).await?).await?);
    let renamed = bob.put("/api/v1/people/me", &json!({ "username": "Robert" })).await?;
    taken.push(snapshot(&ada, &renamed).await?);
    let owner = json!({ "owner_id": bob_id });
    taken.push(snapshot(&ada, &ada.put(&format!("{path}/owner"), &owner).await?).await?);
    let auditor = json!({ "role": "auditor" });
    let role = admin.put(&format!("/api/v1/people/{bob_id}/role"), &auditor).await?;
    taken.push(snapshot(&ada, &role).await?);
    for (cursor, then) in taken.iter().rev() {
        assert_eq!(lists(&ada, Some(cursor)).await?, *then, "as of {cursor}");
    }
    let (first, _) = &taken[0];
    let one = ada.get(&format!("{path}?as_of={first}")).await?;
    assert_eq!((one.status, problem(&one)), (404, "not-found"));
    let sessions = ada.get(&format!("/api/v1/sessions?as_of={first}")).await?;
    assert_eq!(sessions.body["items"].as_array().map(Vec::len), Some(1));

    // Whoever is erased has never been there, and has never said anything.
    assert_eq!(admin.delete(&format!("/api/v1/people/{bob_id}")).await?.status, 204);
    let (cursor, _) = &taken[4];
    let then = lists(&ada, Some(cursor)).await?;
    assert!(!then[0].to_string().contains("bob"), "{then}");
    assert_eq!(then[2]["items"][0]["content"], json!(""), "{then}");
    Ok(())
}

#[tokio::test]
async fn a_past_is_named_by_a_cursor_or_a_time_and_by_nothing_else() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    let made = ada.create_event("F\u{ea}te").await?;
    let at = async |moment: &str| ada.get(&format!("/api/v1/events?as_of={moment}")).await;
    let count = |answer: &Answer| answer.body["items"].as_array().map(Vec::len);

    let before = at("2020-01-01T00:00:00Z").await?;
    assert_eq!((before.status, count(&before)), (200, Some(0)));
    let after = at("2999-01-01T00:00:00%2B02:00").await?;
    assert_eq!((after.status, count(&after)), (200, Some(1)));

    let cursor = made.header("registre-position").unwrap_or_default();
    let (log, position) = cursor.rsplit_once('-').context("it is a cursor")?;
    let position: u64 = position.parse()?;
    let none = at(&format!("{log}-0")).await?;
    assert_eq!((none.status, count(&none)), (200, Some(0)));
    for wrong in [format!("{log}-{}", position + 1_000_000), format!("{log}-18446744073709551615")]
    {
        let refused = at(&wrong).await?;
        assert_eq!((refused.status, problem(&refused)), (400, "bad-cursor"), "{wrong}");
    }
    let other = at(&format!("{}-{position}", "0".repeat(32))).await?;
    assert_eq!((other.status, problem(&other)), (410, "other-log"));
    let neither = at("yesterday").await?;
    assert_eq!((neither.status, problem(&neither)), (400, "bad-cursor"));
    Ok(())
}
