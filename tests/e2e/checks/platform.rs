//! The house around it.

use anyhow::{Context, Result};
use reqwest::Method;
use tests::{Answer, Service};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[tokio::test]
async fn check_71_a_method_that_a_route_does_not_know_is_not_allowed() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    let paths = ["/login", "/users/", "/api/v1/users/me", "/vm", "/api/login/", "/insertEmail"];
    for path in paths {
        for method in ["TRACE", "FOO"] {
            let method = Method::from_bytes(method.as_bytes())?;
            let answer = Answer::of(anyone.request(method.clone(), path)).await?;
            assert!([405, 501].contains(&answer.status), "{method} {path}: {answer:?}");
            assert!(answer.headers.contains_key("allow"), "{method} {path}: {answer:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn check_75_what_is_for_operators_is_not_on_the_public_port() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    for path in ["/metrics", "/debug", "/debug/pprof", "/actuator", "/.env", "/server-status"] {
        assert_eq!(anyone.get(path).await?.status, 404, "{path}");
    }
    for path in ["/docs", "/openapi.json"] {
        assert_eq!(anyone.get(path).await?.status, 200, "{path}");
    }
    let closed = Service::configured(&[("REGISTRE_DOCS", "false")]).await?;
    for path in ["/docs", "/openapi.json"] {
        assert_eq!(closed.client().get(path).await?.status, 404, "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn check_77_nothing_with_a_known_hole_is_built_in_and_http_2_is_not_spoken() -> Result<()> {
    // Before 10.3.0, a claim of the wrong type counts as absent (CVE-2026-25537).
    let lock = include_str!("../../../Cargo.lock");
    let (_, rest) = lock.split_once("name = \"jsonwebtoken\"\nversion = \"").context("no crate")?;
    let version = rest.split('"').next().unwrap_or_default();
    let version: Vec<u32> = version.split('.').map(str::parse).collect::<Result<_, _>>()?;
    assert!(version >= vec![10, 3, 0], "{version:?}");
    assert_eq!(lock.matches("name = \"jsonwebtoken\"\n").count(), 1);
    // Streams that are reset, and headers without end, are of HTTP/2 alone.
    let service = Service::standalone().await?;
    let address = service.url.strip_prefix("http://").context("no address")?;
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await?;
    let mut answer = Vec::new();
    // A reset is as good a goodbye as any.
    let _end = tests::patient(stream.read_to_end(&mut answer)).await?;
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer:?}");
    Ok(())
}
