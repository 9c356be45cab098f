//! Sessions.

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, Service};

use super::{errors, problem};

const SESSIONS: &str = "/api/v1/sessions";
const PASSWORD: &str = "correct horse";

/// Ada, with an address and a phone number.
async fn register(client: &Client) -> Result<Answer> {
    let body = json!({
        "email": "ada@example.com",
        "phone_number": "0123 45",
        "username": "Ada",
        "password": PASSWORD,
    });
    client.post("/api/v1/people", &body).await
}

async fn log_in(client: &Client) -> Result<(Client, Value)> {
    let body = json!({ "email": "ADA@example.com", "password": PASSWORD });
    let answer = client.post(SESSIONS, &body).await?;
    assert_eq!(answer.status, 201, "{answer:?}");
    let token = answer.body["access_token"].as_str().context("it has a token")?;
    Ok((client.with_token(token), answer.body.clone()))
}

#[tokio::test]
async fn somebody_registers_logs_in_with_either_contact_and_goes_on() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    let made = register(&anyone).await?;
    assert_eq!(made.status, 201, "{made:?}");
    let shown = (&made.body["email"], &made.body["phone_number"], &made.body["role"]);
    assert_eq!(shown, (&json!("ada@example.com"), &json!("0123 45"), &json!("user")));
    let again = register(&anyone).await?;
    assert_eq!((again.status, problem(&again)), (409, "taken"));
    let nobody = anyone.post("/api/v1/people", &json!({})).await?;
    assert_eq!(errors(&nobody), [("#/username", "missing"), ("#/password", "missing")]);
    let unreachable = json!({ "username": "x", "password": PASSWORD });
    let unreachable = anyone.post("/api/v1/people", &unreachable).await?;
    assert_eq!(errors(&unreachable), [("#/email", "missing")]);

    let (ada, tokens) = log_in(&anyone).await?;
    assert_eq!(tokens["person_id"], made.body["id"]);
    assert_eq!(ada.get("/api/v1/people").await?.status, 200);
    let by_phone = json!({ "phone_number": "01 23.45", "password": PASSWORD });
    let by_phone = anyone.post(SESSIONS, &by_phone).await?;
    assert_eq!((by_phone.status, &by_phone.body["person_id"]), (201, &made.body["id"]));

    let path = format!("{SESSIONS}/refresh");
    let next = anyone.post(&path, &json!({ "refresh_token": tokens["refresh_token"] })).await?;
    assert_eq!((next.status, &next.body["session_id"]), (200, &tokens["session_id"]));
    for wrong in [&tokens["access_token"], &json!("nonsense")] {
        let refused = anyone.post(&path, &json!({ "refresh_token": wrong })).await?;
        assert_eq!((refused.status, problem(&refused)), (401, "unauthorized"));
    }
    for body in [
        json!({ "email": "ada@example.com", "password": "wrong" }),
        json!({ "email": "nobody@example.com", "password": PASSWORD }),
        json!({ "phone_number": "999", "password": PASSWORD }),
    ] {
        let refused = anyone.post(SESSIONS, &body).await?;
        assert_eq!((refused.status, problem(&refused)), (401, "unauthorized"));
    }
    Ok(())
}

#[tokio::test]
async fn ones_open_sessions_are_listed_and_ended() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    register(&anyone).await?;
    let agent = "check/1";
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    let first = anyone.request(Method::POST, SESSIONS).header("user-agent", agent).json(&body);
    let first = Answer::of(first).await?;
    let (ada, tokens) = log_in(&anyone).await?;
    let (third, _) = log_in(&anyone).await?;

    let list = ada.get(SESSIONS).await?;
    let items = list.body["items"].as_array().context("it is a list")?;
    assert_eq!(items.len(), 3, "{list:?}");
    let current: Vec<_> = items.iter().filter(|item| item["current"] == json!(true)).collect();
    assert_eq!(current.len(), 1);
    assert_eq!(current[0]["id"], tokens["session_id"]);
    let oldest = &items[2];
    assert_eq!((&oldest["id"], &oldest["user_agent"]), (&first.body["session_id"], &json!(agent)));
    assert_eq!(oldest["ip"], json!("127.0.0.1"));
    assert!(oldest["last_seen_at"].is_string());

    let (bob, _) = anyone.join("bob").await?;
    let path = format!("{SESSIONS}/{}", first.body["session_id"].as_str().unwrap_or_default());
    let refused = bob.delete(&path).await?;
    assert_eq!((refused.status, problem(&refused)), (404, "not-found"));
    assert_eq!(ada.delete(&path).await?.status, 204);
    assert_eq!(ada.delete(&path).await?.status, 204);
    let ended = first.body["access_token"].as_str().context("it had a token")?;
    assert_eq!(anyone.with_token(ended).get(SESSIONS).await?.status, 401);

    assert_eq!(ada.delete(SESSIONS).await?.status, 204);
    let left = ada.get(SESSIONS).await?;
    assert_eq!(left.body["items"].as_array().map(Vec::len), Some(1), "{left:?}");
    assert_eq!(third.get(SESSIONS).await?.status, 401);
    Ok(())
}
