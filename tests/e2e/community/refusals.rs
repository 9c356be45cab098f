//! What is refused, in the words that clients know.

use anyhow::Result;
use reqwest::Method;
use serde_json::json;
use tests::{Answer, Service, Socket};

#[tokio::test]
async fn refusals_come_in_the_words_that_clients_know() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    let (ada, _) = anyone.join("ada").await?;

    let again = anyone.register("ADA").await?;
    assert_eq!((again.status, again.body), (400, json!({ "detail": "Email déjà utilisé" })));
    let wrong = json!({ "email": "ada@example.com", "password": "wrong" });
    let wrong = anyone.post("/auth/login", &wrong).await?;
    let nobody = json!({ "email": "nobody@example.com", "password": "wrong" });
    let nobody = anyone.post("/auth/login", &nobody).await?;
    assert_eq!((wrong.status, wrong.header("www-authenticate")), (401, Some("Bearer")));
    assert_eq!(wrong.body["detail"], json!("Identifiants invalides"));
    assert_eq!((nobody.status, &nobody.body), (wrong.status, &wrong.body));

    let absent = anyone.get("/auth/me").await?;
    assert_eq!((absent.status, &absent.body["detail"]), (401, &json!("Not authenticated")));
    let garbage = anyone.with_token("garbage").get("/messages/sent").await?;
    let expected = json!({ "detail": "Could not validate credentials" });
    assert_eq!((garbage.status, garbage.body), (401, expected));

    let nobody = ada.send(4_711, "?").await?;
    assert_eq!((nobody.status, nobody.body), (404, json!({ "detail": "Destinataire non trouvé" })));
    let blank = ada.send(1, "  ").await?;
    let words = "Value error, Le contenu du message ne peut pas être vide";
    assert_eq!((blank.status, &blank.body["detail"][0]["msg"]), (422, &json!(words)));
    let event = ada.get("/events/4711").await?;
    assert_eq!((event.status, event.body), (404, json!({ "detail": "Événement non trouvé" })));
    let path = ada.get("/events/abc").await?;
    assert_eq!(path.body["detail"][0]["loc"], json!(["path", "event_id"]));
    assert_eq!(ada.get("/nothing").await?.body, json!({ "detail": "Not Found" }));
    assert_eq!(Socket::refusal(&service.url, "garbage").await?, 403);
    Ok(())
}

#[tokio::test]
async fn routes_with_an_owner_are_closed_to_strangers() -> Result<()> {
    let service = Service::standalone().await?;
    let routes = [
        (Method::GET, "/auth/me"),
        (Method::POST, "/events/"),
        (Method::POST, "/messages/"),
        (Method::GET, "/messages/received"),
        (Method::GET, "/messages/sent"),
        (Method::PUT, "/messages/1/read"),
    ];
    for (method, path) in routes {
        for (token, words) in
            [(None, "Not authenticated"), (Some("garbage"), "Could not validate credentials")]
        {
            let client = token.map_or(service.client(), |token| service.client().with_token(token));
            let answer = Answer::of(client.request(method.clone(), path).json(&json!({}))).await?;
            let told = (answer.status, answer.header("www-authenticate"), &answer.body["detail"]);
            assert_eq!(told, (401, Some("Bearer"), &json!(words)), "{method} {path}");
        }
    }
    assert_eq!(Socket::refusal(&service.url, "").await?, 403);
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
async fn a_slash_at_the_end_makes_no_difference_and_no_redirect() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    for path in ["/auth/me", "/events", "/messages/received", "/messages/sent", "/health/live"] {
        let (without, with) = (ada.get(path).await?, ada.get(&format!("{path}/")).await?);
        assert_eq!((without.status, without.body), (with.status, with.body), "{path}");
        assert_eq!(with.status, 200);
    }
    let wrong = Answer::of(ada.request(Method::DELETE, "/events/")).await?;
    assert_eq!((wrong.status, wrong.body), (405, json!({ "detail": "Method Not Allowed" })));
    assert!(wrong.headers.contains_key("allow"));
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
