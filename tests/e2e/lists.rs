//! Lists that are answered as they are configured.

use anyhow::Result;
use serde_json::json;
use tests::Service;

#[tokio::test]
async fn lists_are_open_unless_they_are_closed_one_by_one() -> Result<()> {
    let service = Service::configured(&[("REGISTRE_CLOSED_LISTS", "users,vm")]).await?;
    let stranger = service.client();
    let (ada, _) = stranger.join("ada").await?;
    for path in ["/users/", "/vm"] {
        assert_eq!(stranger.get(path).await?.status, 401, "{path}");
        assert_eq!(ada.get(path).await?.status, 200, "{path}");
    }
    for path in ["/events/", "/user"] {
        assert_eq!(stranger.get(path).await?.status, 200, "{path}");
        assert_eq!(stranger.with_token("a.b.c").get(path).await?.status, 200, "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn received_messages_are_a_bare_list_where_that_is_wanted() -> Result<()> {
    let service = Service::configured(&[("REGISTRE_RECEIVED_BARE", "true")]).await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let sent = ada.send(ada_id, "Bonjour !").await?;
    assert_eq!(ada.get("/messages/received").await?.body, json!([sent.body]));
    Ok(())
}
