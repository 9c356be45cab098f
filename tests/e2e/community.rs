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
