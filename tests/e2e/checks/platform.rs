//! The house around it.

use anyhow::Result;
use reqwest::Method;
use tests::{Answer, Service};

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
