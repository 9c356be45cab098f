//! What reaches open sockets, and what closes them, whatever happens behind the service.

use std::{fs, time::Duration};

use anyhow::{Context, Result};
use futures::future::try_join_all;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tests::{Client, Service, Socket, patient};
use tokio::time::timeout;

use crate::named_parts::Parts;

/// For how long the published clients say and hear nothing, as their documents have it.
const SILENCE: Duration = Duration::from_secs(30);

async fn told(socket: &mut Socket, content: &str) -> Result<()> {
    assert_eq!(socket.frame().await?["message"]["content"], json!(content));
    Ok(())
}

pub(crate) fn nats(service: &Service) -> Result<Pid> {
    let text = fs::read_to_string(service.data().join("nats/nats.pid"))?;
    text.trim().parse().ok().and_then(Pid::from_raw).context("no pid in the file")
}

#[tokio::test]
async fn whoever_listens_hears_of_registrations_and_logins() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let mut sockets = [
        Socket::at(&service.url, "/ws/notifications/").await?,
        Socket::at(&service.url, "/ws/notifications").await?,
    ];
    for socket in &mut sockets {
        socket.say("{\"action\": \"register\"}").await?;
        socket.say("not json").await?;
    }
    let (_, bob_id) = service.client().join("bob").await?;
    ada.send(ada_id, "between the two").await?;
    service.client().log_in("ada").await?;
    let frame = |kind, user, message| {
        json!({
            "type": kind,
            "status": "success",
            "user_id": user,
            "phone_number": null,
            "message": message,
        })
    };
    for socket in &mut sockets {
        let registered = frame("user.registered", bob_id, "Nouvel utilisateur inscrit");
        assert_eq!(socket.frame().await?, registered);
        assert_eq!(socket.frame().await?, frame("user.login", bob_id, "Utilisateur connecté"));
        assert_eq!(socket.frame().await?, frame("user.login", ada_id, "Utilisateur connecté"));
    }
    Ok(())
}

#[tokio::test]
async fn check_28_a_logout_ends_the_session_at_once_and_takes_its_sockets_with_it() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let other = service.client().log_in("ada").await?;
    let (mut ended, mut open) = (ada.socket().await?, other.socket().await?);

    assert_eq!(ada.post("/auth/logout", &json!({})).await?.status, 200);
    assert_eq!(ada.get("/auth/me").await?.status, 401);
    assert_eq!(ended.close().await?, (4001, "session ended".to_owned()));
    let token = ada.token().context("logged in")?;
    assert_eq!(Socket::refusal(&service.url, token).await?, 403);

    assert_eq!(other.get("/auth/me").await?.status, 200);
    other.send(ada_id, "still here").await?;
    told(&mut open, "still here").await
}

#[tokio::test]
async fn a_logout_at_one_process_closes_the_sockets_of_another() -> Result<()> {
    let parts = Parts::start().await?;
    let one = parts.serve_as("api,projector").await?;
    let two = parts.serve_as("api,relay").await?;
    let (ada, ada_id) = one.client().join("ada").await?;
    let elsewhere = ada.at(&two.url);
    let (mut here, mut there) = (ada.socket().await?, elsewhere.socket().await?);
    ada.send(ada_id, "to both").await?;
    told(&mut here, "to both").await?;
    told(&mut there, "to both").await?;

    assert_eq!(ada.post("/auth/logout", &json!({})).await?.status, 200);
    assert_eq!(there.close().await?, (4001, "session ended".to_owned()));
    assert_eq!(here.close().await?, (4001, "session ended".to_owned()));
    assert_eq!(elsewhere.get("/auth/me").await?.status, 401);
    one.stop().await?;
    two.stop().await?;
    parts.log.shutdown().await;
    Ok(())
}

#[tokio::test]
async fn without_the_log_a_session_is_unknown_and_its_socket_is_closed() -> Result<()> {
    let parts = Parts::start().await?;
    let mut service = parts.serve_as("api,projector,relay").await?;
    service.expect_errors();
    let (ada, _) = service.client().join("ada").await?;
    let mut socket = ada.socket().await?;
    parts.log.shutdown().await;
    assert_eq!(socket.close().await?, (1013, "state of the session is unknown".to_owned()));
    let refused = ada.get("/auth/me").await?;
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")));
    assert_eq!(ada.get("/events").await?.status, 200);
    service.stop().await?;
    Ok(())
}

#[tokio::test]
async fn a_nats_that_is_frozen_and_thawed_loses_and_doubles_nothing() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let mut socket = ada.socket().await?;
    let broker = nats(&service)?;
    for round in 0..3 {
        kill_process(broker, Signal::STOP)?;
        for number in 0..3 {
            ada.send(ada_id, &format!("{round}.{number}")).await?;
        }
        for number in 0..3 {
            told(&mut socket, &format!("{round}.{number}")).await?;
        }
        kill_process(broker, Signal::CONT)?;
    }
    ada.send(ada_id, "after").await?;
    told(&mut socket, "after").await
}

#[tokio::test]
async fn a_thousand_messages_reach_a_hundred_sockets_in_order() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let mut sockets = try_join_all((0..100).map(|_| ada.socket())).await?;
    let write = async |from: u32| {
        for number in 0..250 {
            ada.send(ada_id, &format!("{from}.{number}")).await?;
        }
        anyhow::Ok(())
    };
    patient(try_join_all((0..4).map(write))).await??;
    let mut first: Vec<i64> = Vec::new();
    for socket in &mut sockets {
        let mut ids = Vec::with_capacity(1_000);
        for _ in 0..1_000 {
            ids.push(socket.frame().await?["message"]["id"].as_i64().context("an id")?);
        }
        if first.is_empty() {
            first.clone_from(&ids);
        }
        assert_eq!(ids, first);
    }
    first.sort_unstable();
    first.dedup();
    assert_eq!(first.len(), 1_000);
    Ok(())
}

#[tokio::test]
async fn all_sockets_hear_why_they_are_closed_when_the_service_stops() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    let mut sockets = try_join_all((0..50).map(|_| ada.socket())).await?;
    let everyone: Vec<_> =
        (0..50).map(|_| Socket::at(&service.url, "/ws/notifications/")).collect();
    sockets.extend(try_join_all(everyone).await?);
    let goodbyes = async {
        for socket in &mut sockets {
            assert_eq!(socket.close().await?, (1001, "service stops".to_owned()));
        }
        anyhow::Ok(())
    };
    let (heard, stopped) = tokio::join!(goodbyes, service.stop());
    heard?;
    assert_eq!(stopped?.code, Some(0));
    Ok(())
}

#[tokio::test]
async fn others_can_verify_tokens_with_the_published_key() -> Result<()> {
    let service = Service::standalone().await?;
    let keys = service.client().get("/.well-known/jwks.json").await?;
    let key = &keys.body["keys"][0];
    assert_eq!((keys.status, &key["kty"], &key["alg"]), (200, &json!("OKP"), &json!("EdDSA")));
    let stranger = Client::new(&service.url).with_token("a.b.c");
    assert_eq!(stranger.get("/auth/me").await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn half_a_minute_of_silence_closes_the_sockets_of_neither_facade() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, id) = service.client().join("ada").await?;
    let mut open = Socket::at(&service.url, "/ws/notifications/").await?;
    let mut own = ada.socket().await?;
    let (heard, told_to_her) =
        tokio::join!(timeout(SILENCE, open.frame()), timeout(SILENCE, own.frame()));
    assert!(heard.is_err() && told_to_her.is_err(), "{heard:?}, {told_to_her:?}");
    ada.send(id, "Bonjour !").await?;
    told(&mut own, "Bonjour !").await?;
    service.client().register("bob").await?;
    assert_eq!(open.frame().await?["type"], json!("user.registered"));
    Ok(())
}
