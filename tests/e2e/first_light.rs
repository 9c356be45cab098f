//! One message, from POST to the receiver's socket.

use anyhow::Result;
use reqwest::Method;
use serde_json::json;
use tests::{Answer, Service, Socket};

#[tokio::test]
async fn a_message_is_the_first_thing_that_the_receivers_socket_sees() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let (bob, bob_id) = service.client().join("bob").await?;
    let mut socket = bob.socket().await?;

    let sent = ada.send(bob_id, "Bonjour !").await?;
    assert_eq!(sent.status, 200, "{sent:?}");

    let expected = json!({
        "type": "new_message",
        "message": {
            "id": sent.body["id"],
            "content": "Bonjour !",
            "created_at": sent.body["created_at"],
            "sender_id": ada_id,
            "receiver_id": bob_id,
            "is_read": false,
        },
    });
    assert_eq!(socket.frame().await?, expected);
    Ok(())
}

#[tokio::test]
async fn frames_arrive_once_and_in_order() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    let (bob, bob_id) = service.client().join("bob").await?;
    let (mut one, mut two) = (bob.socket().await?, bob.socket().await?);
    for number in 0..20 {
        ada.send(bob_id, &number.to_string()).await?;
    }
    for socket in [&mut one, &mut two] {
        for number in 0..20 {
            let frame = socket.frame().await?;
            assert_eq!(frame["message"]["content"], json!(number.to_string()));
        }
    }
    Ok(())
}

#[tokio::test]
async fn whoever_has_written_sees_it_at_once() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let me = ada.get("/auth/me").await?;
    assert_eq!((me.status, &me.body["username"]), (200, &json!("ada")), "{me:?}");

    let created = ada.create_event("Fête").await?;
    assert_eq!(created.header("registre-projected"), Some("true"));
    assert_eq!(created.body["organizer_id"], json!(ada_id));
    let one = ada.get(&format!("/events/{}", created.body["id"])).await?;
    assert_eq!(one.body, created.body);
    let list = ada.get("/events/").await?;
    assert_eq!(list.body, json!([created.body]));

    let sent = ada.send(ada_id, "à moi-même").await?;
    assert_eq!(ada.get("/messages/sent").await?.body, json!([sent.body]));
    let received = ada.get("/messages/received?skip=0&limit=10").await?;
    assert_eq!(received.body, json!({ "messages": [sent.body], "unread": 1 }));
    Ok(())
}

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
async fn every_wrong_field_is_named_and_no_password_is_shown() -> Result<()> {
    let service = Service::standalone().await?;
    let body = json!({ "username": "a", "email": 5, "password": "" });
    let answer = service.client().post("/register", &body).await?;
    assert_eq!(answer.status, 422);
    let places: Vec<_> = (0..3).map(|entry| &answer.body["detail"][entry]["loc"][1]).collect();
    assert_eq!(places, [&json!("username"), &json!("email"), &json!("password")]);

    let body = json!({ "password": "canary-5d41" });
    let answer = service.client().post("/register", &body).await?;
    assert_eq!(answer.body["detail"][0]["type"], json!("missing"));
    assert!(!answer.body.to_string().contains("canary-5d41"));

    for (kind, body) in [
        ("application/x-www-form-urlencoded", "username=ada&password=canary-5d41"),
        ("application/json", "[\"canary-5d41\"]"),
        ("application/json", "\"canary-5d41\""),
        ("application/json", "{\"password\": canary-5d41"),
    ] {
        let request = service.client().request(Method::POST, "/register");
        let request = request.header("content-type", kind).body(body);
        let answer = Answer::of(request).await?;
        assert_eq!(answer.status, 422, "{answer:?}");
        assert!(!answer.body.to_string().contains("canary-5d41"), "{answer:?}");
    }
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
async fn a_socket_ignores_json_and_closes_on_anything_else() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let mut socket = ada.socket().await?;
    socket.say("{\"hello\": 1}").await?;
    ada.send(ada_id, "still here").await?;
    assert_eq!(socket.frame().await?["message"]["content"], json!("still here"));
    socket.say("not json").await?;
    assert_eq!(socket.close().await?, (4000, "unreadable text".to_owned()));
    Ok(())
}
