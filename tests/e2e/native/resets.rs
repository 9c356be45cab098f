//! New passwords for whoever has lost theirs.

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, Exit, Service, found_below, tool};

use super::errors;

const RESETS: &str = "/api/v1/password-resets";
const NEW: &str = "battery staple";

/// `registre users reset-link` on the data of `service`.
async fn reset_link(service: &Service, id: i64) -> Result<Exit> {
    let mut asked = tool();
    asked.args(["users", "reset-link", &id.to_string(), "--data"]).arg(service.data());
    Exit::of(asked).await
}

/// The text of a new link for `id`.
async fn link(service: &Service, id: i64) -> Result<String> {
    let issued = reset_link(service, id).await?;
    assert_eq!(issued.code, Some(0), "{}", issued.said);
    Ok(issued.printed.lines().next().context("it is printed")?.to_owned())
}

fn body(token: &str, password: &str) -> Value {
    json!({ "token": token, "password": password })
}

async fn log_in(client: &Client, password: &str) -> Result<u16> {
    let body = json!({ "email": "ada@example.com", "password": password });
    Ok(client.post("/api/v1/sessions", &body).await?.status)
}

#[tokio::test]
async fn a_link_gives_one_new_password_and_ends_every_session() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    let (ada, id) = anyone.join("ada").await?;
    let (bob, _) = anyone.join("bob").await?;
    let mut socket = ada.socket().await?;
    let replaced = link(&service, id).await?;
    let text = link(&service, id).await?;

    let opens_nothing = [("#/token", "value")];
    for wrong in [&replaced, &text[..text.len() - 1], "nonsense", bob.token().unwrap_or_default()] {
        assert_eq!(errors(&anyone.post(RESETS, &body(wrong, NEW)).await?), opens_nothing);
    }
    let easy = body(&text, "password");
    assert_eq!(errors(&anyone.post(RESETS, &easy).await?), [("#/password", "value")]);
    assert_eq!(ada.get("/auth/me").await?.status, 200);

    let keyed = || async {
        let request = anyone.request(Method::POST, RESETS).json(&body(&text, NEW));
        Answer::of(request.header("idempotency-key", "1")).await
    };
    let done = keyed().await?;
    assert_eq!(done.status, 204, "{done:?}");
    assert!(done.header("registre-position").is_some(), "{done:?}");
    assert_eq!(keyed().await?.status, 204, "the answer was lost, and is given again");
    assert_eq!(errors(&anyone.post(RESETS, &body(&text, NEW)).await?), opens_nothing);

    assert_eq!(ada.get("/auth/me").await?.status, 401);
    assert_eq!(socket.close().await?.0, 4001);
    assert_eq!((log_in(&anyone, "ada").await?, log_in(&anyone, NEW).await?), (401, 201));
    assert_eq!(bob.get("/auth/me").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn the_text_of_a_link_stands_in_no_file_and_in_no_log_line() -> Result<()> {
    let service = Service::standalone().await?;
    let (_, id) = service.client().join("ada").await?;
    let text = link(&service, id).await?;
    let done = service.client().post(RESETS, &body(&text, NEW)).await?;
    assert_eq!(done.status, 204, "{done:?}");
    let secret = text.splitn(3, '_').last().context("it has a secret")?;
    assert!(!service.said().contains(secret));
    for part in ["log", "keys"] {
        let found = found_below(&service.data().join(part), &[secret])?;
        assert!(found.is_empty(), "{found:?}");
    }
    Ok(())
}

#[tokio::test]
async fn nobody_who_is_not_there_gets_a_link() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, id) = service.client().join("ada").await?;
    let text = link(&service, id).await?;
    assert_eq!(ada.delete("/api/v1/users/me").await?.status, 204);
    assert_eq!(
        errors(&service.client().post(RESETS, &body(&text, NEW)).await?),
        [("#/token", "value")]
    );
    for id in [id, 4_711] {
        let refused = reset_link(&service, id).await?;
        assert_eq!(refused.code, Some(1));
        assert!(refused.said.contains(&format!("nobody has the id {id}")), "{}", refused.said);
    }
    Ok(())
}
