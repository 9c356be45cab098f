//! Calendar events.

use anyhow::Result;
use serde_json::json;
use tests::Service;

#[tokio::test]
async fn a_list_longer_than_a_page_is_whole_and_in_order() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    let titles: Vec<String> = (0..450).map(|number| format!("Fête {number:03}")).collect();
    let mut created = Vec::new();
    for some in titles.chunks(50) {
        let answers = some.iter().map(|title| ada.create_event(title));
        created.extend(futures::future::try_join_all(answers).await?);
    }
    assert!(created.iter().all(|answer| answer.status == 200));
    let list = ada.get("/events").await?;
    let events = list.body.as_array().map(Vec::as_slice).unwrap_or_default();
    let ids: Vec<i64> = events.iter().filter_map(|event| event["id"].as_i64()).collect();
    assert!(ids.is_sorted_by(|one, two| one < two) && ids.len() == titles.len(), "{ids:?}");
    let page = ada.get("/events?skip=300&limit=100").await?;
    assert_eq!(page.body.as_array().map(Vec::as_slice), Some(&events[300..400]));
    Ok(())
}

#[tokio::test]
async fn dates_are_echoed_as_they_were_written() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    for (written, echoed) in [
        ("2024-03-14T12:00:00", "2024-03-14T12:00:00"),
        ("2024-03-14T12:00:00Z", "2024-03-14T12:00:00Z"),
        ("2024-03-14T12:00:00+02:00", "2024-03-14T12:00:00+02:00"),
        ("2024-03-14", "2024-03-14T00:00:00"),
    ] {
        let body =
            json!({ "title": written, "description": "d", "date": written, "location": "l" });
        let created = ada.post("/events/", &body).await?;
        assert_eq!((created.status, &created.body["date"]), (200, &json!(echoed)));
    }
    for wrong in [json!("2016-12-31T23:59:60Z"), json!(1_893_456_000), json!(null)] {
        let body = json!({ "title": "t", "description": "d", "date": wrong, "location": "l" });
        let refused = ada.post("/events/", &body).await?;
        let place = &refused.body["detail"][0]["loc"];
        assert_eq!((refused.status, place), (422, &json!(["body", "date"])), "{refused:?}");
    }
    Ok(())
}

#[tokio::test]
async fn dates_that_no_calendar_holds_are_refused() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    for date in ["-5000-01-01", "+99999-01-01", "demain", "2030- 01-01"] {
        let body = json!({ "title": "t", "description": "d", "date": date, "location": "l" });
        let answer = ada.post("/events/", &body).await?;
        assert_eq!(answer.body["detail"][0]["loc"], json!(["body", "date"]), "{answer:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_title_is_taken_letter_by_letter_however_its_letters_are_composed() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    assert_eq!(ada.create_event("F\u{ea}te").await?.status, 200);
    let words = json!({ "detail": "Un événement avec ce titre existe déjà" });
    for same in ["F\u{ea}te", "Fe\u{302}te"] {
        let taken = ada.create_event(same).await?;
        assert_eq!((taken.status, taken.body), (400, words.clone()), "{same}");
    }
    for other in ["f\u{ea}te", "Fete", "F\u{ea}te  de nuit", "F\u{ea}te de nuit"] {
        assert_eq!(ada.create_event(other).await?.status, 200, "{other}");
    }
    for field in ["title", "description", "location"] {
        let mut body =
            json!({ "title": "t", "description": "d", "date": "2030-06-21", "location": "l" });
        body[field] = json!("");
        let empty = ada.post("/events/", &body).await?;
        let place = &empty.body["detail"][0]["loc"];
        assert_eq!((empty.status, place), (422, &json!(["body", field])));
    }
    Ok(())
}
