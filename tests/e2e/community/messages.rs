//! Messages, sent, received and read.

use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Service};

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
async fn messages_are_listed_newest_first_and_a_page_changes_nothing_about_the_count() -> Result<()>
{
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    let (bob, bob_id) = service.client().join("bob").await?;
    for content in ["one", "two", "three"] {
        // A receiver may be a text of digits.
        let body = json!({ "content": content, "receiver_id": bob_id.to_string() });
        assert_eq!(ada.post("/messages/", &body).await?.status, 200);
    }
    let contents = |list: &Value| {
        let list = list.as_array().into_iter().flatten();
        list.map(|message| message["content"].clone()).collect::<Vec<_>>()
    };
    let all = bob.get("/messages/received").await?.body;
    assert_eq!(contents(&all["messages"]), [json!("three"), json!("two"), json!("one")]);
    let page = bob.get("/messages/received?skip=1&limit=1").await?.body;
    assert_eq!((contents(&page["messages"]), &page["unread"]), (vec![json!("two")], &json!(3)));
    let sent = ada.get("/messages/sent?skip=-5&limit=2").await?.body;
    assert_eq!(contents(&sent), [json!("three"), json!("two")]);
    assert_eq!(ada.get("/messages/sent?limit=-1").await?.body, json!([]));
    Ok(())
}
