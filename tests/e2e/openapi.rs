//! What is described is what is served.

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Service};

/// What ends the session of whoever asks, and so is asked last.
const LAST_WORDS: &[&str] = &["log_out", "accounts_erase_me"];

#[tokio::test]
async fn each_operation_answers_as_described_whoever_asks() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    let description = service.client().get("/openapi.json").await?;
    assert_eq!(description.status, 200);
    let mut operations = Vec::new();
    for (path, item) in description.body["paths"].as_object().context("there are paths")? {
        let path = path.replace("{token}", "garbage");
        let path = path.split('/').map(|part| if part.starts_with('{') { "7" } else { part });
        let path = path.collect::<Vec<_>>().join("/");
        for (method, operation) in item.as_object().context("an item")? {
            let name = operation["operationId"].as_str().context("a name")?;
            let method = Method::from_bytes(method.to_uppercase().as_bytes())?;
            operations.push((LAST_WORDS.contains(&name), method, path.clone(), operation));
        }
    }
    operations.sort_by_key(|(last, ..)| *last);
    for client in [ada, service.client(), service.client().with_token("garbage")] {
        for (_, method, path, operation) in &operations {
            for path in [path.clone(), format!("{path}/")] {
                let request = client.request(method.clone(), &path).json(&json!({}));
                let status = Answer::of(request).await?.status.to_string();
                let described = operation["responses"].as_object().context("answers")?;
                let known: Vec<_> = described.keys().collect();
                assert!(described.contains_key(&status), "{path}: {status}, not {known:?}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_page_that_shows_it_needs_nothing_from_elsewhere() -> Result<()> {
    let service = Service::standalone().await?;
    for path in ["/docs", "/docs/"] {
        let page = service.client().request(Method::GET, path).send().await?;
        let policy = page.headers().get("content-security-policy").context("no policy")?;
        assert!(policy.to_str()?.contains("script-src 'self'"));
        let page = page.text().await?;
        assert!(!page.contains("://"), "{page}");
        for (name, kind) in [
            ("swagger-ui.css", "text/css"),
            ("swagger-ui-bundle.js", "text/javascript"),
            ("start.js", "text/javascript"),
        ] {
            assert!(page.contains(name), "{page}");
            let request = service.client().request(Method::GET, &format!("/docs/{name}"));
            let asset = request.send().await?;
            let told = asset.headers().get("content-type").and_then(|kind| kind.to_str().ok());
            assert!(told.is_some_and(|told| told.starts_with(kind)), "{name} is {told:?}");
            assert!(asset.headers().get("content-encoding").is_none(), "{name}");
        }
    }
    let nothing = service.client().get("/docs/nothing.js").await?;
    assert_eq!((nothing.status, nothing.body), (404, json!({ "detail": "Not Found" })));
    let description: Value = service.client().get("/openapi.json").await?.body;
    assert_eq!(description["info"]["title"], json!("Registre"));
    Ok(())
}
