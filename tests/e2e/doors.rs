//! What stands before every façade: ports, pages of other origins, times, and the line that a refusal
//! begins with.

use std::{fs, os::unix::fs::PermissionsExt};

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, Service, registre};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[tokio::test]
async fn every_port_serves_every_facade() -> Result<()> {
    let folder = tempfile::tempdir()?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
    let data = folder.path().join("data");
    let mut command = registre(&data);
    command.args(["--listen", "127.0.0.1:0"]);
    let service = Service::start(command, &data).await?;
    let urls: Vec<&str> =
        service.banner.iter().filter_map(|line| line.strip_prefix("Registre serves ")).collect();
    assert_eq!(urls.len(), 2, "{:?}", service.banner);
    for url in urls {
        let anyone = Client::new(url);
        for (path, status) in [
            ("/users/", 200),
            ("/user", 200),
            ("/health", 200),
            ("/api/v1/users/me", 401),
            ("/api/login/", 405),
            ("/dev/userManager", 403),
            ("/api:N1uLlTBt/vm", 200),
        ] {
            assert_eq!(anyone.get(path).await?.status, status, "{url}{path}");
        }
    }
    service.stop().await?;
    Ok(())
}

#[tokio::test]
async fn a_page_of_any_origin_may_ask_first_and_without_credentials() -> Result<()> {
    let service = Service::standalone().await?;
    for path in
        ["/insertEmail", "/events/", "/api/v1/users/me", "/vm", "/api/login/", "/api/v1/people"]
    {
        let request = service.client().request(Method::OPTIONS, path);
        let request = request
            .header("origin", "https://app.example.com")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization, content-type, x-api-key");
        let answer = Answer::of(request).await?;
        assert!([200, 204].contains(&answer.status), "{path}: {answer:?}");
        let origin = answer.header("access-control-allow-origin").unwrap_or_default();
        assert!(["*", "https://app.example.com"].contains(&origin), "{path}: {answer:?}");
        let list = |name: &str| answer.header(name).unwrap_or_default().to_ascii_lowercase();
        let methods = list("access-control-allow-methods");
        assert!(["get", "post", "put", "patch", "delete"].iter().all(|of| methods.contains(of)));
        let headers = list("access-control-allow-headers");
        for name in ["authorization", "content-type", "x-api-key"] {
            assert!(headers.contains(name), "{path}: {headers}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_refusal_because_of_too_many_says_so_in_its_first_line() -> Result<()> {
    let service = Service::standalone().await?;
    service.client().register("ada").await?;
    let body = json!({ "email": "ada@example.com", "password": "guess" }).to_string();
    let address = service.url.strip_prefix("http://").context("an address")?;
    let request = format!(
        "POST /auth/login HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len(),
    );
    let mut first_lines = Vec::new();
    for _ in 0..6 {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        first_lines.push(answer.lines().next().unwrap_or_default().to_owned());
    }
    assert_eq!(first_lines[4], "HTTP/1.1 401 Unauthorized");
    assert_eq!(first_lines[5], "HTTP/1.1 429 Too Many Requests");
    Ok(())
}

#[tokio::test]
async fn times_have_six_decimals_and_are_of_utc() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, id) = service.client().join("ada").await?;
    let account = ada.get("/api/v1/users/me").await?.body;
    let times: [Value; 5] = [
        ada.get("/auth/me").await?.body["created_at"].clone(),
        account["created_at"].clone(),
        account["updated_at"].clone(),
        ada.create_event("Fête").await?.body["created_at"].clone(),
        ada.send(id, "Bonjour !").await?.body["created_at"].clone(),
    ];
    for time in times {
        let text = time.as_str().context("a text")?;
        let shape: String =
            text.chars().map(|one| if one.is_ascii_digit() { '0' } else { one }).collect();
        assert_eq!(shape, "0000-00-00T00:00:00.000000Z", "{text}");
    }
    Ok(())
}
