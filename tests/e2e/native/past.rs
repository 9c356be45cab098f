//! What was, at any moment.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, Service};

use super::{administered, ask, ids, problem};
use crate::watch::chance::Chance;

/// Moments that are looked back at.
const MOMENTS: u64 = 100;

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

/// All lists as they are now, and as of which place.
async fn now(client: &Client) -> Result<(String, Value)> {
    loop {
        let mut all = Vec::new();
        let mut places = BTreeSet::new();
        for path in LISTS {
            let answer = client.get(path).await?;
            let place = answer.header("registre-read-position").context("a position")?;
            places.insert(place.to_owned());
            all.push(answer.body);
        }
        // Something may have been written in between, that somebody was seen for one.
        if let (Some(place), 1) = (places.pop_first(), places.len() + 1) {
            return Ok((place, json!(all)));
        }
    }
}

/// Something that somebody does, as `chance` says. It may change nothing.
async fn anything(
    chance: &mut Chance,
    (admin, ada, bob): (&Client, &Client, &Client),
    (ada_id, bob_id, eve_id): (i64, i64, i64),
    step: u64,
) -> Result<Answer> {
    let machine = json!({
        "name": step.to_string(), "operating_system": "Debian", "cpu_cores": 1, "ram_gb": 1,
        "disk_gb": 1, "status": "running",
    });
    let one_of = async |path: &str, query: &str, chance: &mut Chance| {
        let page = ada.get(&format!("{path}{query}")).await?.body;
        let known = ids(&page);
        let chosen = usize::try_from(chance.below(known.len().max(1) as u64))?;
        anyhow::Ok(known.get(chosen).map(|id| format!("{path}/{id}")))
    };
    match chance.below(8) {
        0 => ada.create_event(&step.to_string()).await,
        1 => ada.send(bob_id, &step.to_string()).await,
        2 => bob.send(ada_id, &step.to_string()).await,
        3 => match one_of("/api/v1/messages", "?box=received", chance).await? {
            Some(path) => ask(ada, Method::PUT, &format!("{path}/read")).await,
            None => bob.send(ada_id, "first").await,
        },
        4 => match one_of("/api/v1/machines", "", chance).await? {
            Some(path) => ask(ada, Method::POST, &format!("{path}/stop")).await,
            None => ada.post("/api/v1/machines", &machine).await,
        },
        5 => ada.post("/api/v1/machines", &machine).await,
        6 => bob.put("/api/v1/people/me", &json!({ "username": format!("bob{step}") })).await,
        _ => {
            let role = if chance.below(2) == 0 { "user" } else { "auditor" };
            let path = format!("/api/v1/people/{eve_id}/role");
            admin.put(&path, &json!({ "role": role })).await
        }
    }
}

#[tokio::test]
async fn a_hundred_moments_of_random_work_are_answered_as_they_were_answered_then() -> Result<()> {
    let (service, admin) = administered().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let (bob, bob_id) = service.client().join("bob").await?;
    let (_, eve_id) = service.client().join("eve").await?;
    let mut chance = Chance::of(1);
    let mut taken = Vec::new();
    for step in 0..MOMENTS {
        let ids = (ada_id, bob_id, eve_id);
        let did = anything(&mut chance, (&admin, &ada, &bob), ids, step).await?;
        anyhow::ensure!(did.status < 300, "{did:?}");
        taken.push(now(&ada).await?);
    }
    while !taken.is_empty() {
        let chosen = usize::try_from(chance.below(taken.len() as u64))?;
        let (cursor, then) = taken.swap_remove(chosen);
        assert_eq!(lists(&ada, Some(&cursor)).await?, then, "as of {cursor}");
    }
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
