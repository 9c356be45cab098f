//! What all routes have in common.

use anyhow::Result;
use reqwest::{Method, StatusCode};
use serde_json::json;
use tests::{Answer, Service};

use super::{ask, refused};

const EVENTS: &str = "/api/v1/events";

#[tokio::test]
async fn every_refusal_is_a_problem_with_the_id_of_its_request() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    let anyone = service.client();
    for (answer, expected) in [
        (anyone.get("/api/v1/nothing").await?, (404, "not-found")),
        (anyone.get("/api/v1").await?, (404, "not-found")),
        (ada.get("/api/v1/events/4711").await?, (404, "not-found")),
        (ada.get("/api/v1/events/-1").await?, (404, "not-found")),
        (ada.get("/api/v1/events/9223372036854775808").await?, (404, "not-found")),
        (ask(&ada, Method::PATCH, EVENTS).await?, (405, "method-not-allowed")),
        (anyone.get("/api/v1/people").await?, (401, "unauthorized")),
        (ada.with_token("nonsense").get("/api/v1/people").await?, (401, "unauthorized")),
        (ada.get(&format!("/api/v1/{}", "x".repeat(9_000))).await?, (414, "uri-too-long")),
    ] {
        let (status, kind) = refused(&answer);
        assert_eq!((status.as_u16(), kind), expected, "{answer:?}");
        let asks = answer.header("www-authenticate");
        assert_eq!(asks, (status == StatusCode::UNAUTHORIZED).then_some("Bearer"), "{answer:?}");
    }
    let large = ada.request(Method::GET, EVENTS).header("x-filler", "x".repeat(20_000));
    assert_eq!(refused(&Answer::of(large).await?).1, "header-too-large");
    Ok(())
}

#[tokio::test]
async fn a_body_has_to_be_json_that_says_so() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    let send = async |kind: Option<&str>, body: String| -> Result<Answer> {
        let request = ada.request(Method::POST, EVENTS).body(body);
        Answer::of(
            kind.into_iter().fold(request, |request, kind| request.header("content-type", kind)),
        )
        .await
    };
    let json = Some("application/json");
    for (kind, body, expected) in [
        (json, "{".to_owned(), "not-json"),
        (json, String::new(), "not-json"),
        (json, "[1]".to_owned(), "invalid"),
        (json, r#"{"title":"a","title":"b"}"#.to_owned(), "not-json"),
        (json, format!("\"{}\"", "x".repeat(70_000)), "body-too-large"),
        (None, "{}".to_owned(), "unsupported-media-type"),
        (Some("text/plain"), "{}".to_owned(), "unsupported-media-type"),
        (Some("application/x-www-form-urlencoded"), "a=b".to_owned(), "unsupported-media-type"),
    ] {
        let answer = send(kind, body).await?;
        assert_eq!(refused(&answer).1, expected, "{answer:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_read_waits_for_the_position_that_it_names() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    let made = ada.create_event("Fête").await?;
    let position = made.header("registre-position").unwrap_or_default().to_owned();
    let read = ada.get(&format!("{EVENTS}?min_position={position}")).await?;
    assert_eq!((read.status, read.body["items"].as_array().map(Vec::len)), (200, Some(1)));
    assert!(read.header("registre-read-position").is_some());

    let (log, _) = position.rsplit_once('-').unwrap_or_default();
    let other = "0".repeat(32);
    for (cursor, expected) in [
        (format!("{log}-999999999"), (400, "bad-cursor")),
        (format!("{log}-18446744073709551615"), (400, "bad-cursor")),
        ("nonsense".to_owned(), (400, "bad-cursor")),
        (format!("{other}-1"), (410, "other-log")),
    ] {
        for parameter in ["min_position", "after"] {
            let answer = ada.get(&format!("{EVENTS}?{parameter}={cursor}")).await?;
            if parameter == "after" && cursor.ends_with("-999999999") {
                assert_eq!(answer.body, json!({ "items": [], "next": null }));
                continue;
            }
            let (status, kind) = refused(&answer);
            assert_eq!((status.as_u16(), kind), expected, "{answer:?}");
        }
    }
    Ok(())
}
