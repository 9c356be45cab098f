//! Programs that watch, and pages that open one socket: what they send instead of a token.

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, Events, Service, Socket};

use super::audit::{auditor, facts, kinds, service};

/// The text of a new key for `scope`, and where it is revoked.
async fn key(admin: &Client, scope: &str) -> Result<(String, String)> {
    let issued = admin.post("/api/v1/api-keys", &json!({ "name": "p", "scopes": [scope] })).await?;
    let text = |name: &str| issued.body[name].as_str().with_context(|| format!("{issued:?}"));
    Ok((text("key")?.to_owned(), format!("/api/v1/api-keys/{}", text("id")?)))
}

async fn hello(socket: &mut Socket) -> Result<()> {
    assert_eq!(socket.frame().await?["type"], "hello");
    assert_eq!(socket.frame().await?["type"], "caught_up");
    Ok(())
}

#[tokio::test]
async fn a_program_follows_what_anybody_may_know_until_its_key_is_revoked() -> Result<()> {
    let service = service().await?;
    let admin = auditor(&service).await?;
    let (key, place) = key(&admin, "stream:read").await?;
    let program = service.client().with_token(&key);
    let mut socket = program.follow("").await?;
    hello(&mut socket).await?;
    let mut page = program.follow_as_a_page("").await?;
    hello(&mut page).await?;
    let request = service.client().request(Method::GET, "/api/v1/stream");
    let mut events = Events::of(request.header("x-api-key", &key)).await?;
    assert_eq!(events.next().await?.name, "hello");
    assert_eq!(events.next().await?.name, "caught_up");

    let (ada, ada_id) = service.client().join("ada").await?;
    ada.send(ada_id, "not for programs").await?;
    service.client().register("bob").await?;
    for kind in ["user.registered.v1", "user.login.v1", "user.registered.v1"] {
        assert_eq!(socket.frame().await?["type"], kind);
        assert_eq!(page.frame().await?["type"], kind);
        assert_eq!(events.next().await?.data["type"], kind);
    }

    assert_eq!(admin.delete(&place).await?.status, 204);
    let ended = (4001, "key has ended".to_owned());
    assert_eq!(socket.close().await?, ended);
    assert_eq!(page.close().await?, ended);
    let close = events.next().await?;
    assert_eq!((close.name.as_str(), &close.data["code"]), ("close", &json!(4001)));
    assert_eq!(program.get("/api/v1/stream").await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn a_program_looks_into_the_history_and_that_is_written_down_under_its_key() -> Result<()> {
    let service = service().await?;
    let admin = auditor(&service).await?;
    let (key, place) = key(&admin, "audit:read").await?;
    let program = service.client().with_token(&key);
    let (ada, ada_id) = service.client().join("ada").await?;
    ada.send(ada_id, "hello").await?;
    let found = facts(&program, "type=message-sent").await?;
    assert_eq!(kinds(&found), ["message-sent.v1"]);
    assert_eq!(program.get("/api/v1/audit/checkpoint/key").await?.status, 200);

    let id = place.rsplit_once('/').context("an id")?.1;
    let asked = facts(&admin, &format!("stream=audit-{id}")).await?;
    assert_eq!(asked.len(), 1);
    let expected = json!({ "key": id, "query": "facts?type=message-sent" });
    let told = |name: &str| (asked[0]["data"][name].clone(), expected[name].clone());
    for (told, expected) in [told("key"), told("query")] {
        assert_eq!(told, expected);
    }
    assert_eq!((&asked[0]["actor"], &asked[0]["credential"]), (&Value::Null, &json!(id)));
    assert_eq!(admin.delete(&place).await?.status, 204);
    assert_eq!(program.get("/api/v1/audit/facts").await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn a_key_opens_nothing_but_what_it_is_for() -> Result<()> {
    let service = service().await?;
    let admin = auditor(&service).await?;
    let audit = ["/api/v1/audit/facts", "/api/v1/audit/trace/1", "/api/v1/audit/checkpoint"];
    for (scope, closed) in [
        ("audit:read", &["/api/v1/stream"][..]),
        ("stream:read", &audit),
        ("directory", &[audit[0], audit[1], audit[2], "/api/v1/stream"]),
    ] {
        let (key, _) = key(&admin, scope).await?;
        for path in closed {
            let request = service.client().request(Method::GET, path).header("x-api-key", &key);
            assert_eq!(Answer::of(request).await?.status, 403, "{scope} {path}");
        }
        for path in ["/api/v1/people", "/api/v1/messages", "/api/v1/projections"] {
            let program = service.client().with_token(&key);
            assert_eq!(program.get(path).await?.status, 401, "{scope} {path}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_ticket_opens_one_stream() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let ticket = async || {
        let answer = ada.post("/api/v1/socket-tickets", &json!({})).await?;
        let ticket = answer.body["ticket"].as_str().with_context(|| format!("{answer:?}"))?;
        anyhow::Ok(ticket.to_owned())
    };
    let path = |ticket: &str| format!("/api/v1/stream?ticket={ticket}&type=new_message.v1");
    let (one, other) = (ticket().await?, ticket().await?);
    let mut socket = Socket::at(&service.url, &path(&one)).await?;
    hello(&mut socket).await?;
    let page = service.client();
    let mut events = Events::of(page.request(Method::GET, &path(&other))).await?;
    ada.send(ada_id, "hello").await?;
    assert_eq!(socket.fact().await?["data"]["content"], "hello");
    let names = [events.next().await?.name, events.next().await?.name];
    assert_eq!(names, ["hello", "caught_up"]);
    assert_eq!(events.next().await?.data["data"]["content"], "hello");

    for used in [&one, &other] {
        assert_eq!(page.get(&path(used)).await?.status, 401);
        assert_eq!(Socket::refusal_at(&service.url, &path(used)).await?, 401);
    }
    ada.post("/auth/logout", &json!({})).await?;
    assert_eq!(socket.close().await?, (4001, "session ended".to_owned()));
    Ok(())
}
