//! The Community façade, route by route.

use anyhow::Result;
use reqwest::Method;
use serde_json::json;
use tests::{Answer, Service};

#[tokio::test]
async fn a_logout_is_answered_whatever_the_bearer_proves() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    let done = json!({ "message": "Déconnexion réussie" });
    for client in [&ada, &ada, &service.client().with_token("garbage")] {
        let answer = client.post("/auth/logout", &json!({})).await?;
        assert_eq!((answer.status, &answer.body), (200, &done));
    }
    let nobody = service.client().post("/auth/logout", &json!({})).await?;
    assert_eq!((nobody.status, &nobody.body["detail"]), (401, &json!("Not authenticated")));
    Ok(())
}

#[tokio::test]
async fn only_the_receiver_marks_a_message_as_read_and_may_do_so_twice() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    let (bob, bob_id) = service.client().join("bob").await?;
    let sent = ada.send(bob_id, "Bonjour !").await?;
    let path = format!("/messages/{}/read", sent.body["id"]);

    let absent = json!({ "detail": "Message non trouvé" });
    let stranger = Answer::of(ada.request(Method::PUT, &path)).await?;
    let nothing = Answer::of(bob.request(Method::PUT, "/messages/4711/read")).await?;
    for refused in [stranger, nothing] {
        assert_eq!((refused.status, refused.body), (404, absent.clone()));
    }
    for _ in 0..2 {
        let marked = Answer::of(bob.request(Method::PUT, &path)).await?;
        let words = json!({ "message": "Message marqué comme lu" });
        assert_eq!((marked.status, marked.body), (200, words));
    }
    Ok(())
}

#[tokio::test]
async fn what_no_route_understands_is_refused_in_the_words_that_clients_know() -> Result<()> {
    let service = Service::standalone().await?;
    let ask = async |method, path| Answer::of(service.client().request(method, path)).await;
    let not_text = ask(Method::GET, "/events/%FF").await?;
    assert_eq!(
        (not_text.status, &not_text.body["detail"][0]["type"]),
        (422, &json!("int_parsing"))
    );
    let unknown = Method::from_bytes(b"FOO")?;
    for method in [Method::TRACE, Method::DELETE, unknown] {
        let refused = ask(method, "/register").await?;
        let words = json!({ "detail": "Method Not Allowed" });
        assert_eq!((refused.status, refused.body), (405, words));
    }
    let large = json!({ "username": "x".repeat(10 * 1024 * 1024) });
    let large = service.client().post("/register", &large).await?;
    assert_eq!((large.status, large.body), (413, json!({ "detail": "Request body is too large" })));
    let page =
        service.client().request(Method::GET, "/events").header("origin", "https://x.example");
    assert_eq!(Answer::of(page).await?.header("access-control-allow-origin"), Some("*"));
    Ok(())
}

#[tokio::test]
async fn people_are_listed_without_the_administrator_and_found_by_their_ids() -> Result<()> {
    let service = Service::standalone().await?;
    let (_, ada_id) = service.client().join("ada").await?;
    let (_, bob_id) = service.client().join("bob").await?;
    let person = |id: i64, name: &str| json!({ "id": id, "username": name, "email": format!("{name}@example.com") });
    let (ada, bob) = (person(ada_id, "ada"), person(bob_id, "bob"));
    let anyone = service.client();
    for path in ["/users", "/users/"] {
        let list = anyone.get(path).await?;
        assert_eq!((list.status, &list.body), (200, &json!([ada, bob])), "{path}");
        assert!(list.header("registre-read-position").is_some());
    }
    assert_eq!(anyone.get("/users/?skip=1&limit=1").await?.body, json!([bob]));
    assert_eq!(anyone.get("/users/?skip=-3&limit=-1").await?.body, json!([]));
    assert_eq!(anyone.get(&format!("/users/{ada_id}")).await?.body, ada);
    // Its id lies below those of everybody else.
    for id in [1, 4_711] {
        let absent = anyone.get(&format!("/users/{id}")).await?;
        let words = json!({ "detail": "Utilisateur non trouvé" });
        assert_eq!((absent.status, absent.body), (404, words), "{id}");
    }
    let text = anyone.get("/users/abc").await?;
    assert_eq!((text.status, &text.body["detail"][0]["loc"]), (422, &json!(["path", "user_id"])));
    let limit = anyone.get("/users/?limit=many").await?;
    let wrong = &limit.body["detail"][0];
    assert_eq!((limit.status, &wrong["type"]), (422, &json!("int_parsing")));
    assert_eq!(wrong["loc"], json!(["query", "limit"]));
    Ok(())
}

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
async fn a_form_logs_in_as_json_does() -> Result<()> {
    let service = Service::standalone().await?;
    service.client().register("ada").await?;
    for path in ["/login", "/auth/login", "/login/"] {
        for name in ["username", "email"] {
            let form = format!("{name}=ada%40example.com&password=ada&grant_type=password");
            let request = service.client().request(Method::POST, path);
            let kind = "application/x-www-form-urlencoded";
            let answer = Answer::of(request.header("content-type", kind).body(form)).await?;
            assert_eq!((answer.status, &answer.body["token_type"]), (200, &json!("bearer")));
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_root_greets_people_and_programs() -> Result<()> {
    let service = Service::standalone().await?;
    let program = service.client().get("/").await?;
    assert_eq!(
        (program.status, &program.body["documentation"]["interactive"]),
        (200, &json!("/docs"))
    );
    let browser = service.client().request(Method::GET, "/").header("accept", "text/html");
    let browser = browser.send().await?;
    let kind = browser.headers().get("content-type").and_then(|kind| kind.to_str().ok());
    assert_eq!(kind, Some("text/html; charset=utf-8"));
    Ok(())
}
