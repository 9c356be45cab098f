//! Calendar events.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::Service;

use super::{errors, ids, problem};

fn fete(title: &str) -> Value {
    json!({
        "title": title,
        "description": "Dans la rue",
        "date": "2030-06-21T18:00:00",
        "location": "Lyon",
    })
}

#[tokio::test]
async fn an_event_is_announced_and_seen_by_everybody() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, id) = service.client().join("ada").await?;
    let made = ada.post("/api/v1/events", &fete("Fête")).await?;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.header("registre-projected"), Some("true"));
    assert_eq!(made.body["organizer_id"], json!(id));
    let place = made.header("location").context("it says where it is")?;

    let anyone = service.client();
    let seen = anyone.get(place).await?;
    assert_eq!((seen.status, &seen.body), (200, &made.body));
    let list = anyone.get("/api/v1/events").await?;
    assert_eq!(list.body, json!({ "items": [made.body], "next": null }));

    let again = ada.post("/api/v1/events", &fete("Fête")).await?;
    assert_eq!((again.status, problem(&again)), (409, "taken"));
    let nobody = anyone.post("/api/v1/events", &fete("Bal")).await?;
    assert_eq!((nobody.status, problem(&nobody)), (401, "unauthorized"));
    Ok(())
}

#[tokio::test]
async fn all_that_is_wrong_with_an_announcement_is_told_at_once() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    let body = json!({ "title": "", "description": 7, "date": "soon", "organizer_id": 3 });
    let answer = ada.post("/api/v1/events", &body).await?;
    let expected = [
        ("#/title", "value"),
        ("#/description", "type"),
        ("#/date", "value"),
        ("#/location", "missing"),
        ("#/organizer_id", "unknown"),
    ];
    assert_eq!(errors(&answer), expected);
    Ok(())
}

#[tokio::test]
async fn a_list_is_read_page_by_page() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    for title in ["a", "b", "c", "d", "e"] {
        ada.post("/api/v1/events", &fete(title)).await?;
    }
    let mut path = "/api/v1/events?limit=2".to_owned();
    let mut pages = Vec::new();
    loop {
        let page = ada.get(&path).await?;
        pages.push(ids(&page.body));
        let Some(next) = page.body["next"].as_str() else { break };
        path = format!("/api/v1/events?limit=2&after={next}");
    }
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1], "{pages:?}");
    assert!(pages.concat().is_sorted_by(|one, next| one < next), "{pages:?}");
    assert_eq!(ids(&ada.get("/api/v1/events?limit=1000000000").await?.body).len(), 5);
    for limit in ["0", "-1", "x", "1e309"] {
        let answer = ada.get(&format!("/api/v1/events?limit={limit}")).await?;
        assert_eq!(errors(&answer), [("?limit", "value")]);
    }
    Ok(())
}
