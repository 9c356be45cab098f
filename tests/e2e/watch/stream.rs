//! The native stream: live, resumed, over both of its transports.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::{Client, Events, Service, Socket};

fn cursor(line: &Value) -> Result<String> {
    Ok(line["cursor"].as_str().context("a cursor")?.to_owned())
}

/// The place at which the log of `line` begins.
fn beginning(line: &Value) -> Result<String> {
    let cursor = cursor(line)?;
    let (log, _) = cursor.rsplit_once('-').context("a cursor has two parts")?;
    Ok(format!("{log}-0"))
}

async fn content(socket: &mut Socket) -> Result<Value> {
    Ok(socket.fact().await?["data"]["content"].clone())
}

#[tokio::test]
async fn it_greets_says_when_all_has_been_told_and_tells_what_happens() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let (bob, bob_id) = service.client().join("bob").await?;
    let mut socket = ada.follow("").await?;
    let hello = socket.frame().await?;
    assert_eq!(hello["type"], "hello");
    let head = hello["head"].as_str().context("a head")?;
    assert!(head.starts_with(hello["epoch"].as_str().context("an epoch")?));
    let caught_up = socket.frame().await?;
    assert_eq!((&caught_up["type"], &caught_up["cursor"]), (&json!("caught_up"), &hello["head"]));

    bob.send(bob_id, "not for ada").await?;
    let sent = bob.send(ada_id, "for ada").await?;
    let fact = socket.frame().await?;
    assert_eq!(fact["type"], "new_message.v1");
    assert_eq!(fact["specversion"], "1.0");
    assert_eq!(fact["subject"], format!("message-{}", sent.body["id"]));
    assert_eq!(fact["cursor"].as_str(), sent.header("registre-position"));
    let data = json!({
        "message_id": sent.body["id"], "sender_id": bob_id, "receiver_id": ada_id,
        "content": "for ada",
    });
    assert_eq!(fact["data"], data);
    let (_, eve_id) = service.client().join("eve").await?;
    for kind in ["user.registered.v1", "user.login.v1"] {
        let fact = socket.frame().await?;
        assert_eq!((&fact["type"], &fact["data"]), (&json!(kind), &json!({ "user_id": eve_id })));
    }
    Ok(())
}

#[tokio::test]
async fn it_goes_on_from_any_place_of_the_log_without_a_seam() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let mut live = ada.follow("type=new_message.v1").await?;
    let mut told = Vec::new();
    for number in 0..300 {
        ada.send(ada_id, &number.to_string()).await?;
        told.push(live.fact().await?);
    }
    let from_the_beginning = format!("since={}", beginning(&told[0])?);
    for since in [None, Some(0), Some(120), Some(299)] {
        let (query, next) = match since {
            None => (from_the_beginning.clone(), 0),
            Some(last) => (format!("since={}", cursor(&told[last])?), last + 1),
        };
        let mut again = ada.follow(&format!("{query}&type=new_message.v1")).await?;
        assert_eq!(again.frame().await?["type"], "hello");
        for fact in &told[next..] {
            assert_eq!(again.frame().await?, *fact);
        }
        assert_eq!(again.frame().await?["type"], "caught_up");
        ada.send(ada_id, "live").await?;
        let fact = again.frame().await?;
        assert_eq!(fact["data"]["content"], "live");
        told.push(fact);
    }
    Ok(())
}

#[tokio::test]
async fn server_sent_events_tell_the_same_and_go_on_from_their_last_id() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let (mut socket, mut events) = (ada.follow("").await?, ada.events("").await?);
    assert_eq!(events.next().await?.name, "hello");
    assert_eq!(events.next().await?.name, "caught_up");
    ada.send(ada_id, "one").await?;
    let one = events.next().await?;
    assert_eq!((one.name.as_str(), &one.data), ("message", &socket.fact().await?));
    assert_eq!(one.id.as_deref(), one.data["cursor"].as_str());
    drop(events);

    ada.send(ada_id, "two").await?;
    let request = ada.request(reqwest::Method::GET, "/api/v1/stream");
    let request = request.header("last-event-id", one.id.context("an id")?);
    let mut again = Events::of(request).await?;
    assert_eq!(again.next().await?.name, "hello");
    assert_eq!(again.next().await?.data["data"]["content"], "two");
    Ok(())
}

#[tokio::test]
async fn what_is_not_asked_for_is_not_told_and_passed_over_all_the_same() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let mut logins = ada.follow("type=user.login.v1").await?;
    let mut own = ada.follow(&format!("subject=user-{ada_id}&subject=message-*")).await?;
    service.client().join("bob").await?;
    let sent = ada.send(ada_id, "hello").await?;
    assert_eq!(logins.fact().await?["type"], "user.login.v1");
    assert_eq!(own.fact().await?["cursor"].as_str(), sent.header("registre-position"));
    Ok(())
}

#[tokio::test]
async fn a_cursor_that_is_none_names_no_fact_or_is_of_another_log_is_refused() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let sent = ada.send(ada_id, "hello").await?;
    let position = sent.header("registre-position").context("a position")?;
    let beyond = format!("{position}0");
    let foreign = format!("{}-1", "0".repeat(32));
    for (query, status) in [
        ("since=here", 400),
        (&format!("since={beyond}"), 400),
        (&format!("since={foreign}"), 410),
        ("type=user.slept.v1", 422),
    ] {
        assert_eq!(ada.get(&format!("/api/v1/stream?{query}")).await?.status, status, "{query}");
    }
    assert_eq!(service.client().get("/api/v1/stream").await?.status, 401);
    let stranger = ada.with_token("nobody.knows.it");
    assert_eq!(stranger.get("/api/v1/stream").await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn a_page_says_who_it_is_afterwards_and_goes_on_with_a_newer_token() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let mut socket = ada.follow_as_a_page("type=new_message.v1").await?;
    assert_eq!(socket.frame().await?["type"], "hello");
    assert_eq!(socket.frame().await?["type"], "caught_up");

    let again = service.client().log_in("ada").await?;
    socket.authenticate(again.token().context("logged in")?).await?;
    assert_eq!(socket.frame().await?["type"], "authenticated");
    ada.post("/auth/logout", &json!({})).await?;
    again.send(ada_id, "still here").await?;
    assert_eq!(content(&mut socket).await?, "still here");
    again.post("/auth/logout", &json!({})).await?;
    assert_eq!(socket.close().await?, (4001, "session ended".to_owned()));
    Ok(())
}

#[tokio::test]
async fn who_proves_nothing_or_is_somebody_else_is_let_go() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    let (bob, _) = service.client().join("bob").await?;
    let unauthenticated = (4003, "not authenticated".to_owned());
    let mut stranger = ada.with_token("nobody.knows.it").follow_as_a_page("").await?;
    assert_eq!(stranger.close().await?, unauthenticated);
    let mut socket = ada.follow("").await?;
    assert_eq!(socket.frame().await?["type"], "hello");
    assert_eq!(socket.frame().await?["type"], "caught_up");
    socket.authenticate(bob.token().context("logged in")?).await?;
    assert_eq!(socket.close().await?, unauthenticated);
    Ok(())
}

#[tokio::test]
async fn the_sockets_are_described_beside_the_routes() -> Result<()> {
    let service = Service::standalone().await?;
    let document = Client::new(&service.url).get("/asyncapi.json").await?;
    assert_eq!((document.status, &document.body["asyncapi"]), (200, &json!("3.0.0")));
    Ok(())
}
