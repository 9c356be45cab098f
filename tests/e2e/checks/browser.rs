//! What pages and sockets may do.

use anyhow::{Result, bail};
use reqwest::Method;
use serde_json::json;
use tests::{Answer, Service};
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
