//! Messages.

use anyhow::Result;
use serde_json::json;
use tests::Service;

use super::{ask, errors, ids, problem};
use reqwest::Method;

const MESSAGES: &str = "/api/v1/messages";

#[tokio::test]
async fn a_message_is_its_senders_and_its_receivers_and_nobody_elses() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    let (ada, ada_id) = anyone.join("ada").await?;
    let (bob, bob_id) = anyone.join("bob").await?;
    let (eve, _) = anyone.join("eve").await?;
    let sent =
        ada.post(MESSAGES, &json!({ "receiver_id": bob_id, "content": "Bonjour !" })).await?;
    assert_eq!((sent.status, sent.header("etag")), (201, Some("\"0\"")), "{sent:?}");
    let reply = bob.post(MESSAGES, &json!({ "receiver_id": ada_id, "content": "Salut" })).await?;
    let nobody = ada.post(MESSAGES, &json!({ "receiver_id": 4711, "content": "x" })).await?;
    assert_eq!(errors(&nobody), [("#/receiver_id", "absent")]);

    let path = sent.header("location").unwrap_or_default();
    for reader in [&ada, &bob] {
        assert_eq!(reader.get(path).await?.body, sent.body);
    }
    let read = format!("{path}/read");
    for refused in [
        eve.get(path).await?,
        ask(&eve, Method::PUT, &read).await?,
        ask(&ada, Method::PUT, &read).await?,
    ] {
        assert_eq!((refused.status, problem(&refused)), (404, "not-found"));
    }
    assert_eq!(ask(&bob, Method::PUT, &read).await?.status, 204);
    assert_eq!(ask(&bob, Method::PUT, &read).await?.status, 204);
    let seen = bob.get(path).await?;
    assert_eq!((&seen.body["is_read"], seen.header("etag")), (&json!(true), Some("\"1\"")));

    let of = async |query: &str| -> Result<Vec<i64>> {
        Ok(ids(&ada.get(&format!("{MESSAGES}{query}")).await?.body))
    };
    let both = [reply.body["id"].as_i64(), sent.body["id"].as_i64()].map(Option::unwrap_or_default);
    assert_eq!(of("").await?, both);
    assert_eq!(of("?box=received").await?, both[..1]);
    assert_eq!(of("?box=sent").await?, both[1..]);
    assert_eq!(of(&format!("?with={bob_id}")).await?, both);
    assert_eq!(of(&format!("?with={ada_id}")).await?, [0; 0]);
    assert_eq!(errors(&ada.get(&format!("{MESSAGES}?box=lost")).await?), [("?box", "value")]);
    assert_eq!(ids(&eve.get(MESSAGES).await?.body), [0; 0]);
    Ok(())
}
