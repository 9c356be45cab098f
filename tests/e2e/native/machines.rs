//! Machines.

use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client};

use super::{administered, ask, errors, ids, problem};

const MACHINES: &str = "/api/v1/machines";

fn machine() -> Value {
    json!({
        "name": "web-1",
        "operating_system": "Debian 12",
        "cpu_cores": 2,
        "ram_gb": 4,
        "disk_gb": 20,
        "status": "running",
    })
}

async fn patch(client: &Client, path: &str, tag: Option<&str>, body: &Value) -> Result<Answer> {
    let request = client.request(Method::PATCH, path).json(body);
    Answer::of(tag.into_iter().fold(request, |request, tag| request.header("if-match", tag))).await
}

#[tokio::test]
async fn a_machine_is_its_owners_from_beginning_to_end() -> Result<()> {
    let (service, admin) = administered().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let (bob, bob_id) = service.client().join("bob").await?;
    let made = ada.post(MACHINES, &machine()).await?;
    assert_eq!((made.status, made.header("etag")), (201, Some("\"0\"")), "{made:?}");
    assert_eq!((&made.body["owner_id"], &made.body["status"]), (&json!(ada_id), &json!("running")));
    let path = made.header("location").unwrap_or_default();
    assert_eq!(ada.get(path).await?.body, made.body);
    let mine = ids(&ada.get(MACHINES).await?.body);
    assert_eq!((mine.len(), ids(&bob.get(MACHINES).await?.body).len()), (1, 0));
    assert_eq!(ids(&admin.get(MACHINES).await?.body), mine);

    let owner = json!({ "owner_id": bob_id });
    for refused in [
        bob.get(path).await?,
        patch(&bob, path, None, &json!({ "name": "x" })).await?,
        bob.put(&format!("{path}/owner"), &owner).await?,
        ask(&bob, Method::POST, &format!("{path}/stop")).await?,
        bob.delete(path).await?,
    ] {
        assert_eq!((refused.status, problem(&refused)), (404, "not-found"));
    }
    let stopped = ask(&ada, Method::POST, &format!("{path}/stop")).await?;
    assert_eq!((stopped.status, &stopped.body["status"]), (200, &json!("stopped")));
    let nobody = ada.put(&format!("{path}/owner"), &json!({ "owner_id": 4711 })).await?;
    assert_eq!(errors(&nobody), [("#/owner_id", "absent")]);
    let given = ada.put(&format!("{path}/owner"), &owner).await?;
    assert_eq!((given.status, &given.body["owner_id"]), (200, &json!(bob_id)));
    assert_eq!(ada.get(path).await?.status, 404);
    assert_eq!(bob.delete(path).await?.status, 204);
    assert_eq!(bob.get(path).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn whoever_saw_another_state_changes_nothing() -> Result<()> {
    let (service, admin) = administered().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let made = ada.post(MACHINES, &machine()).await?;
    let path = made.header("location").unwrap_or_default();
    let changed = patch(&ada, path, made.header("etag"), &json!({ "name": "db" })).await?;
    assert_eq!((changed.status, changed.header("etag")), (200, Some("\"1\"")), "{changed:?}");
    for tag in ["\"0\"", "\"999\"", "W/\"1\"", "nonsense"] {
        let moved = patch(&ada, path, Some(tag), &json!({ "name": "x" })).await?;
        assert_eq!((moved.status, problem(&moved)), (412, "precondition-failed"), "{tag}");
    }
    let seen = ada.get(path).await?;
    assert_eq!((&seen.body["name"], seen.header("etag")), (&json!("db"), Some("\"1\"")));
    for tag in ["*", "\"7\", \"1\""] {
        let same = patch(&ada, path, Some(tag), &json!({ "name": "db" })).await?;
        assert_eq!(same.status, 200, "{tag}");
    }

    // What others cannot see of an account moves no tag.
    let person = format!("/api/v1/people/{ada_id}");
    let before = admin.get(&person).await?;
    assert_eq!(ada.delete("/api/v1/sessions").await?.status, 204);
    let after = admin.get(&person).await?;
    assert_eq!(before.header("etag"), after.header("etag"));
    let role = admin.request(Method::PUT, &format!("{person}/role"));
    let role = role.header("if-match", after.header("etag").unwrap_or_default());
    let role = Answer::of(role.json(&json!({ "role": "auditor" }))).await?;
    assert_eq!(role.status, 200, "{role:?}");
    assert_eq!(admin.get(&person).await?.header("etag"), role.header("etag"));
    Ok(())
}
