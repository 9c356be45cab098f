//! What later versions of the service added, request by request and word by word.

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Service, Socket};

async fn say(socket: &mut Socket, words: &Value) -> Result<Value> {
    socket.say(&words.to_string()).await?;
    socket.frame().await
}

#[tokio::test]
async fn a_socket_answers_what_it_is_asked() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let (bob, bob_id) = service.client().join("bob").await?;
    let (mut hers, mut his) = (ada.socket().await?, bob.socket().await?);
    assert_eq!(say(&mut hers, &json!({ "type": "ping" })).await?, json!({ "type": "pong" }));

    let message = json!({ "type": "message", "content": "Bonjour !", "receiver_id": bob_id });
    let sent = say(&mut hers, &message).await?;
    let id = sent["message_id"].as_i64().context("no id")?;
    assert_eq!(sent, json!({ "type": "message_sent", "message_id": id }));
    let new = his.frame().await?;
    let told = (&new["message"]["id"], &new["message"]["content"], &new["message"]["sender_id"]);
    assert_eq!(told, (&json!(id), &json!("Bonjour !"), &json!(ada_id)));

    let count = json!({ "type": "get_unread_count" });
    let unread = |count: i64| json!({ "type": "unread_count", "count": count });
    assert_eq!(say(&mut his, &count).await?, unread(1));
    let mark = json!({ "type": "mark_read", "message_id": id });
    let marked = json!({ "type": "message_marked_read", "message_id": id });
    assert_eq!(say(&mut his, &mark).await?, marked);
    let read = json!({ "type": "message_read", "message_id": id, "reader_id": bob_id });
    assert_eq!(hers.frame().await?, read);
    assert_eq!(say(&mut his, &count).await?, unread(0));
    assert_eq!(say(&mut his, &mark).await?, marked, "a second time changes nothing");
    assert_eq!(say(&mut hers, &json!({ "type": "ping" })).await?, json!({ "type": "pong" }));
    Ok(())
}

#[tokio::test]
async fn a_sender_is_not_told_of_a_message_that_is_marked_by_a_request() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let (bob, bob_id) = service.client().join("bob").await?;
    let mut socket = ada.socket().await?;
    let message = ada.send(bob_id, "Bonjour !").await?.body["id"].clone();
    let path = format!("/messages/{message}/read");
    assert_eq!(Answer::of(bob.request(Method::PUT, &path)).await?.status, 200);
    bob.send(ada_id, "read").await?;
    assert_eq!(socket.frame().await?["message"]["content"], json!("read"), "it comes first");
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_with_a_word_is_said_and_words_that_nobody_knows_are_ignored() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let mut socket = ada.socket().await?;
    for (words, reason) in [
        (json!({ "type": "message", "content": "?" }), "receiver_id: Field required"),
        (json!({ "type": "message", "receiver_id": ada_id, "content": " " }), "vide"),
        (json!({ "type": "message", "receiver_id": 4711, "content": "?" }), "Destinataire"),
        (json!({ "type": "mark_read" }), "message_id"),
        (json!({ "type": "mark_read", "message_id": "x" }), "integer"),
        (json!({ "type": "mark_read", "message_id": 4711 }), "Message non trouvé"),
    ] {
        let error = say(&mut socket, &words).await?;
        let said = error["message"].as_str().context("no words")?;
        assert!(error["type"] == json!("error") && said.contains(reason), "{words}: {error}");
    }
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    for ignored in ["{}", "[]", "7", "\"ping\"", "{\"type\": 7}", "{\"type\": \"dance\"}", &deep] {
        socket.say(ignored).await?;
    }
    assert_eq!(say(&mut socket, &json!({ "type": "ping" })).await?, json!({ "type": "pong" }));
    Ok(())
}

#[tokio::test]
async fn people_are_found_by_any_part_of_their_names() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    for name in ["Ada Lovelace", "Zoë", "100%_\\"] {
        let email = format!("{}@example.com", name.len());
        let body = json!({ "username": name, "email": email, "password": "secret" });
        assert_eq!(anyone.post("/register", &body).await?.status, 200);
    }
    let found = async |text: &str| {
        let request = anyone.request(Method::GET, "/users/search/").query(&[("query", text)]);
        let list = Answer::of(request).await?;
        let names = list.body.as_array().context("no list")?.iter();
        anyhow::Ok(names.map(|of| of["username"].clone()).collect::<Vec<_>>())
    };
    assert_eq!(found("LOVE").await?, [json!("Ada Lovelace")]);
    assert_eq!(found("zOË").await?, [json!("Zoë")]);
    assert_eq!(found("%_\\").await?, [json!("100%_\\")]);
    for nobody in ["", "admin", "\0", "a\nb"] {
        assert!(found(nobody).await?.is_empty(), "{nobody:?}");
    }
    let list = anyone.get("/users/search?query=e").await?.body;
    let listed = anyone.get("/users/").await?.body;
    assert_eq!(list, json!([listed[0]]), "in the form of the list");
    let missing = anyone.get("/users/search").await?;
    let place = &missing.body["detail"][0]["loc"];
    assert_eq!((missing.status, place), (422, &json!(["query", "query"])));
    Ok(())
}

#[tokio::test]
async fn somebody_changes_their_name_and_address_and_stays_logged_in() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    service.client().register("bob").await?;
    let me = ada.get("/auth/me").await?.body;
    let changed = ada.put("/users/me", &json!({ "username": "countess" })).await?;
    let mut expected = me.clone();
    expected["username"] = json!("countess");
    expected["name"] = json!("countess");
    assert_eq!((changed.status, &changed.body), (200, &expected));
    assert_eq!(ada.get("/auth/me").await?.body, expected);
    let moved = ada.put("/users/me/", &json!({ "email": "Ada@new.example" })).await?;
    assert_eq!((moved.status, &moved.body["email"]), (200, &json!("Ada@new.example")));
    assert_eq!(ada.put("/users/me", &json!({})).await?.body, moved.body);

    let taken = ada.put("/users/me", &json!({ "email": "BOB@example.com" })).await?;
    assert_eq!((taken.status, taken.body), (400, json!({ "detail": "Email déjà utilisé" })));
    let short = ada.put("/users/me", &json!({ "username": "ab", "email": "nowhere" })).await?;
    let wrong = short.body["detail"].as_array().map(Vec::len);
    assert_eq!((short.status, wrong), (422, Some(2)));
    let nobody = service.client().put("/users/me", &json!({ "username": "nobody" })).await?;
    assert_eq!((nobody.status, nobody.body), (401, json!({ "detail": "Not authenticated" })));
    Ok(())
}

#[tokio::test]
async fn a_conversation_is_what_two_have_written_to_each_other_newest_first() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let (bob, bob_id) = service.client().join("bob").await?;
    let (eve, _) = service.client().join("eve").await?;
    ada.send(bob_id, "one").await?;
    eve.send(bob_id, "of another").await?;
    bob.send(ada_id, "two").await?;
    ada.send(bob_id, "three").await?;
    let contents = |answer: &Answer| {
        let list = answer.body.as_array().into_iter().flatten();
        list.map(|of| of["content"].clone()).collect::<Vec<_>>()
    };
    for (who, other) in [(&ada, bob_id), (&bob, ada_id)] {
        let all = who.get(&format!("/messages/conversation/{other}")).await?;
        assert_eq!(contents(&all), [json!("three"), json!("two"), json!("one")]);
        let page = who.get(&format!("/messages/conversation/{other}?skip=1&limit=1")).await?;
        assert_eq!(contents(&page), [json!("two")]);
    }
    let nobody = ada.get("/messages/conversation/4711").await?;
    assert_eq!((nobody.status, nobody.body), (200, json!([])));
    let stranger = service.client().get(&format!("/messages/conversation/{ada_id}")).await?;
    assert_eq!(stranger.status, 401);
    Ok(())
}
