//! What pages and sockets may do.

use anyhow::{Context, Result, bail};
use reqwest::Method;
use serde_json::json;
use tests::{Answer, Service, Socket};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{client::IntoClientRequest, http::HeaderValue},
};

#[tokio::test]
async fn check_61_a_page_of_an_origin_that_is_not_listed_reads_nothing() -> Result<()> {
    let ours = "https://app.example.com";
    let service = Service::configured(&[("REGISTRE_CORS_ORIGINS", ours)]).await?;
    let anyone = service.client();
    let ask = |method: Method, origin: &'static str| {
        let request = anyone.request(method, "/users/").header("origin", origin);
        Answer::of(request.header("access-control-request-method", "GET"))
    };
    for origin in ["https://evil.example", "null", "https://app.example.com.evil.com"] {
        for method in [Method::GET, Method::OPTIONS] {
            let answer = ask(method, origin).await?;
            assert_eq!(answer.header("access-control-allow-origin"), None, "{origin}");
            assert_eq!(answer.header("access-control-allow-credentials"), None);
        }
    }
    for method in [Method::GET, Method::OPTIONS] {
        let answer = ask(method, ours).await?;
        assert_eq!(answer.header("access-control-allow-origin"), Some(ours));
        let vary = answer.header("vary").unwrap_or_default().to_ascii_lowercase();
        assert!(vary.contains("origin"), "{answer:?}");
    }
    Ok(())
}

#[tokio::test]
async fn check_62_there_is_no_cookie_to_ride_on() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    let (ada, id) = anyone.join("ada").await?;
    let login = json!({ "email": "ada@example.com", "password": "ada" });
    for answer in [
        anyone.post("/login", &login).await?,
        anyone.post("/auth/login", &login).await?,
        anyone.post("/api/v1/auth/login", &login).await?,
        ada.send(id, "hello").await?,
        ada.get("/auth/me").await?,
        anyone.get("/").await?,
    ] {
        assert!(!answer.headers.contains_key("set-cookie"), "{answer:?}");
    }
    let token = ada.token().unwrap_or_default();
    for name in ["access_token", "session", "authToken", "token"] {
        let request = anyone.request(Method::GET, "/auth/me");
        let riding = Answer::of(request.header("cookie", format!("{name}={token}"))).await?;
        assert_eq!(riding.status, 401, "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn check_70_no_socket_is_compressed() -> Result<()> {
    let service = Service::standalone().await?;
    let address = format!("{}/ws/notifications/", service.url.replacen("http", "ws", 1));
    let mut request = address.into_client_request()?;
    let offer = HeaderValue::from_static("permessage-deflate; client_max_window_bits");
    request.headers_mut().insert("sec-websocket-extensions", offer);
    let (_socket, answer) = connect_async(request).await?;
    if let Some(agreed) = answer.headers().get("sec-websocket-extensions") {
        bail!("{agreed:?}");
    }
    Ok(())
}

#[tokio::test]
async fn check_65_a_ticket_opens_one_socket_of_whoever_asked_for_it_and_nothing_else() -> Result<()>
{
    let service = Service::configured(&[("RUST_LOG", "trace")]).await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let (bob, _) = service.client().join("bob").await?;
    let given = ada.post("/api/v1/socket-tickets", &json!({})).await?;
    assert_eq!(given.status, 201, "{given:?}");
    let ticket = given.body["ticket"].as_str().context("no ticket")?;
    // It is no token.
    assert_eq!(service.client().with_token(ticket).get("/auth/me").await?.status, 401);

    let mut socket = Socket::open(&service.url, ticket).await?;
    bob.send(ada_id, "hello").await?;
    assert_eq!(socket.frame().await?["message"]["content"], json!("hello"));
    for path in [format!("/ws/{ticket}"), format!("/ws/{ticket}x")] {
        assert_eq!(Socket::refusal_at(&service.url, &path).await?, 403);
    }
    // What was not used ends with its session.
    let unused = ada.post("/api/v1/socket-tickets", &json!({})).await?;
    ada.post("/auth/logout", &json!({})).await?;
    assert_eq!(socket.close().await?.0, 4001);
    let unused = unused.body["ticket"].as_str().context("no ticket")?;
    assert_eq!(Socket::refusal(&service.url, unused).await?, 403);
    let stranger = service.client().post("/api/v1/socket-tickets", &json!({})).await?;
    assert_eq!(stranger.status, 401);
    let signature = ticket.rsplit('.').next().context("no signature")?;
    assert!(!service.said().contains(signature));
    Ok(())
}

#[tokio::test]
async fn check_69_nobody_holds_more_sockets_than_they_may_and_those_they_hold_stay() -> Result<()> {
    let service = Service::configured(&[
        ("REGISTRE_TRUSTED_PROXIES", "203.0.113.1"),
        ("REGISTRE_SOCKETS_PER_PERSON", "2"),
        ("REGISTRE_SOCKETS_PER_ADDRESS", "3"),
    ])
    .await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let (mut one, two) = (ada.socket().await?, ada.socket().await?);
    let token = ada.token().context("no token")?;
    assert_eq!(Socket::refusal(&service.url, token).await?, 429);
    let path = "/ws/notifications/";
    let _three = Socket::at(&service.url, path).await?;
    assert_eq!(Socket::refusal_at(&service.url, path).await?, 429);

    ada.send(ada_id, "still here").await?;
    assert_eq!(one.frame().await?["message"]["content"], json!("still here"));
    drop(two);
    let again = async {
        loop {
            if let Ok(socket) = ada.socket().await {
                return socket;
            }
        }
    };
    drop(tests::patient(again).await?);
    Ok(())
}

#[tokio::test]
async fn check_64_pages_of_other_origins_open_no_native_socket_and_programs_do() -> Result<()> {
    let ours = "https://app.example.com";
    let service = Service::configured(&[("REGISTRE_CORS_ORIGINS", ours)]).await?;
    let _program = Socket::at(&service.url, "/api/v1/stream").await?;
    for origin in [ours, service.url.as_str()] {
        drop(Socket::of_page(&service.url, "/api/v1/stream", origin).await?);
    }
    for origin in ["https://evil.example", "null", "https://app.example.com.evil.example"] {
        let refused = Socket::of_page(&service.url, "/api/v1/stream", origin).await;
        assert!(refused.is_err_and(|error| error.to_string().contains("403")), "{origin}");
        // Their contract promises these to every page.
        drop(Socket::of_page(&service.url, "/ws/notifications/", origin).await?);
    }
    let permissive = Service::standalone().await?;
    drop(Socket::of_page(&permissive.url, "/api/v1/stream", "https://evil.example").await?);
    Ok(())
}

#[tokio::test]
async fn check_66_whoever_does_not_say_who_they_are_is_let_go() -> Result<()> {
    let service = Service::standalone().await?;
    let mut silent = Socket::at(&service.url, "/api/v1/stream").await?;
    let mut chatting = Socket::at(&service.url, "/api/v1/stream").await?;
    chatting.say("{\"type\":\"hello\"}").await?;
    for socket in [&mut silent, &mut chatting] {
        assert_eq!(socket.close().await?, (4003, "not authenticated".to_owned()));
    }
    Ok(())
}

#[tokio::test]
async fn check_67_nobody_hears_what_is_said_to_somebody_else_whatever_they_ask_for() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let (bob, bob_id) = service.client().join("bob").await?;
    let mut sockets = Vec::new();
    for query in
        ["type=new_message.v1", "type=new_message.v1&subject=*", "type=new_message.v1&subject=m*"]
    {
        sockets.push(bob.follow(query).await?);
    }
    let query = format!("type=new_message.v1&user_id={ada_id}&person={ada_id}&token=");
    sockets.push(bob.follow(&query).await?);
    ada.send(ada_id, "not for bob").await?;
    ada.send(bob_id, "for bob").await?;
    for mut socket in sockets {
        assert_eq!(socket.fact().await?["data"]["content"], json!("for bob"));
    }
    let mut own = bob.socket().await?;
    own.say(&json!({ "type": "subscribe", "topic": format!("messages.{ada_id}") }).to_string())
        .await?;
    ada.send(ada_id, "not for bob").await?;
    ada.send(bob_id, "for bob again").await?;
    assert_eq!(own.frame().await?["message"]["content"], json!("for bob again"));
    Ok(())
}
