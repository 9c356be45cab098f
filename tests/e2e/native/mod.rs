//! The native API, request by request.

mod envelope;
mod events;
mod export;
mod keys;
mod machines;
mod messages;
mod past;
mod people;
mod projections;
mod resets;
mod sessions;

use anyhow::{Context, Result};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{Answer, Client, Service};

const ADMIN: (&str, &str) = ("admin@example.com", "a longer secret");

/// A service with an administrator, and the administrator.
async fn administered() -> Result<(Service, Client)> {
    let (email, password) = ADMIN;
    let named = [("FIRST_SUPERUSER_EMAIL", email), ("FIRST_SUPERUSER_PASSWORD", password)];
    let service = Service::configured(&named).await?;
    let body = json!({ "email": email, "password": password });
    let answer = service.client().post("/login", &body).await?;
    let token = answer.body["access_token"].as_str().context("they are logged in")?;
    let admin = service.client().with_token(token);
    Ok((service, admin))
}

/// What kind of problem `answer` tells of, once its envelope is whole.
fn problem(answer: &Answer) -> &str {
    let told = answer.header("content-type");
    assert_eq!(told, Some("application/problem+json"), "{answer:?}");
    assert_eq!(answer.body["status"], json!(answer.status), "{answer:?}");
    assert_eq!(answer.body["request_id"].as_str(), answer.header("x-request-id"), "{answer:?}");
    assert!(answer.body["title"].is_string(), "{answer:?}");
    let kind = answer.body["type"].as_str().unwrap_or_default();
    kind.strip_prefix("urn:problem-type:registre:").unwrap_or(kind)
}

/// Where and why `answer` says that the request is wrong.
fn errors(answer: &Answer) -> Vec<(&str, &str)> {
    assert_eq!((answer.status, problem(answer)), (422, "invalid"), "{answer:?}");
    let errors = answer.body["errors"].as_array().into_iter().flatten();
    errors
        .map(|wrong| {
            assert!(wrong["detail"].is_string(), "{wrong}");
            (wrong["pointer"].as_str().unwrap_or("?"), wrong["code"].as_str().unwrap_or("?"))
        })
        .collect()
}

/// The ids of a page.
fn ids(page: &Value) -> Vec<i64> {
    let items = page["items"].as_array().into_iter().flatten();
    items.filter_map(|item| item["id"].as_i64()).collect()
}

/// A request without a body.
async fn ask(client: &Client, method: Method, path: &str) -> Result<Answer> {
    Answer::of(client.request(method, path)).await
}

/// The status and the kind of problem.
fn refused(answer: &Answer) -> (StatusCode, &str) {
    (StatusCode::from_u16(answer.status).unwrap_or_default(), problem(answer))
}
