//! The socket that brings messages.

use anyhow::Result;
use serde_json::json;
use tests::Service;

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
