//! The Community façade: its document from beginning to end, and then what the document leaves open.

mod account;
mod events;
mod later;
mod messages;
mod people;
mod refusals;
mod socket;

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, Service, Socket};

#[tokio::test]
async fn the_document_is_true_from_its_first_request_to_its_last() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    let (ada, bob) = (join(&anyone, "ada").await?, join(&anyone, "bob").await?);
    look_up_people(&anyone, &ada).await?;
    announce_events(&anyone, &ada).await?;
    write_messages(&service, &ada, &bob).await?;
    let left = ada.client.post("/auth/logout", &json!({})).await?;
    assert_eq!(left.status, 200, "{left:?}");
    assert_eq!(ada.client.get("/auth/me").await?.status, 401);
    Ok(())
}

/// Somebody who has registered and logged in, and their id.
struct Member {
    client: Client,
    id: Value,
}

/// "Inscription", "Connexion", "Récupérer les informations de l'utilisateur connecté".
async fn join(anyone: &Client, name: &str) -> Result<Member> {
    let email = format!("{name}@example.com");
    let body = json!({ "username": name, "email": email, "password": "password123" });
    let registered = anyone.post("/register", &body).await?;
    assert_eq!(registered.status, 200, "{registered:?}");
    let id = registered.body["id"].clone();
    assert!(id.is_i64(), "{registered:?}");
    let shown = (&registered.body["username"], &registered.body["email"]);
    assert_eq!(shown, (&json!(name), &json!(email)));
    let again = anyone.post("/register", &body).await?;
    assert_eq!((again.status, again.body), (400, json!({ "detail": "Email déjà utilisé" })));

    let body = json!({ "email": email, "password": "password123" });
    let login = anyone.post("/login", &body).await?;
    assert_eq!((login.status, &login.body["token_type"]), (200, &json!("bearer")), "{login:?}");
    let token = login.body["access_token"].as_str().context("a token")?;
    let wrong = json!({ "email": email, "password": "wrong" });
    let wrong = anyone.post("/login", &wrong).await?;
    assert_eq!((wrong.status, &wrong.body["detail"]), (401, &json!("Identifiants invalides")));

    let client = anyone.with_token(token);
    let me = client.get("/auth/me").await?;
    assert_eq!((me.status, &me.body["id"], &me.body["email"]), (200, &id, &json!(email)));
    Ok(Member { client, id })
}

/// "Gestion des Utilisateurs".
async fn look_up_people(anyone: &Client, ada: &Member) -> Result<()> {
    let shown = json!({ "id": ada.id, "username": "ada", "email": "ada@example.com" });
    let list = anyone.get("/users/").await?;
    let first = list.body.as_array().and_then(|list| list.first());
    assert_eq!((list.status, first), (200, Some(&shown)));
    let one = anyone.get(&format!("/users/{}", ada.id)).await?;
    assert_eq!((one.status, one.body), (200, shown));
    let nobody = anyone.get("/users/4711").await?;
    assert_eq!((nobody.status, nobody.body), (404, json!({ "detail": "Utilisateur non trouvé" })));
    Ok(())
}

/// "Gestion des Événements".
async fn announce_events(anyone: &Client, ada: &Member) -> Result<()> {
    let body = json!({
        "title": "Concert",
        "description": "En plein air",
        "date": "2024-03-14T12:00:00",
        "location": "Lyon",
    });
    let created = ada.client.post("/events/", &body).await?;
    assert_eq!(created.status, 200, "{created:?}");
    for (field, value) in body.as_object().into_iter().flatten() {
        assert_eq!(&created.body[field], value, "{field}");
    }
    assert!(created.body["id"].is_i64(), "{created:?}");
    assert_eq!(created.body["organizer_id"], ada.id);
    let again = ada.client.post("/events/", &body).await?;
    let words = json!({ "detail": "Un événement avec ce titre existe déjà" });
    assert_eq!((again.status, again.body), (400, words));
    for stranger in [anyone.clone(), anyone.with_token("garbage")] {
        assert_eq!(stranger.post("/events/", &body).await?.status, 401);
    }

    let list = anyone.get("/events/").await?;
    assert_eq!((list.status, &list.body), (200, &json!([created.body])));
    let one = anyone.get(&format!("/events/{}", created.body["id"])).await?;
    assert_eq!((one.status, &one.body), (200, &created.body));
    let nothing = anyone.get("/events/4711").await?;
    assert_eq!((nothing.status, nothing.body), (404, json!({ "detail": "Événement non trouvé" })));
    Ok(())
}

/// "Messagerie", "Messagerie en Temps Réel".
async fn write_messages(service: &Service, ada: &Member, bob: &Member) -> Result<()> {
    let token = bob.client.token().context("a token")?;
    let mut socket = Socket::open(&service.url, token).await?;
    let body = json!({ "content": "Bonjour !", "receiver_id": bob.id });
    let sent = ada.client.post("/messages/", &body).await?;
    assert_eq!(sent.status, 200, "{sent:?}");
    let told = json!({
        "id": sent.body["id"],
        "content": "Bonjour !",
        "created_at": sent.body["created_at"],
        "sender_id": ada.id,
        "receiver_id": bob.id,
        "is_read": false,
    });
    assert_eq!(sent.body, told);
    assert_eq!(socket.frame().await?, json!({ "type": "new_message", "message": told }));
    assert!(told["created_at"].as_str().is_some_and(|at| at.ends_with('Z')), "{told}");

    let received = bob.client.get("/messages/received?skip=0&limit=100").await?;
    assert_eq!((received.status, &received.body["messages"]), (200, &json!([told])));
    let listed = ada.client.get("/messages/sent?skip=0&limit=100").await?;
    assert_eq!((listed.status, listed.body), (200, json!([told])));
    let path = format!("/messages/{}/read", told["id"]);
    let read = Answer::of(bob.client.request(Method::PUT, &path)).await?;
    assert_eq!(read.status, 200, "{read:?}");
    let received = bob.client.get("/messages/received").await?.body;
    let shown = (&received["messages"][0]["is_read"], &received["unread"]);
    assert_eq!(shown, (&json!(true), &json!(0)));
    Ok(())
}
