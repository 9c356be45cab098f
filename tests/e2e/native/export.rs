//! What is held about somebody.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::Service;

#[tokio::test]
async fn everything_that_is_held_about_somebody_is_told_to_them() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let (bob, bob_id) = service.client().join("bob").await?;
    ada.send(bob_id, "from ada").await?;
    bob.send(ada_id, "to ada").await?;
    bob.send(bob_id, "between others").await?;
    ada.create_event("F\u{ea}te").await?;

    for path in ["/api/v1/people/me/export", "/api/v1/users/me/export"] {
        let export = ada.get(path).await?;
        assert_eq!(export.status, 200, "{export:?}");
        assert_eq!(export.body["person"]["email"], json!("ada@example.com"));
        let facts = export.body["facts"].as_array().context("facts are a list")?;
        let kinds: Vec<&str> = facts.iter().filter_map(|fact| fact["type"].as_str()).collect();
        for kind in
            ["user-registered.v1", "user-logged-in.v1", "message-sent.v1", "event-created.v1"]
        {
            assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
        }
        let text = export.body.to_string();
        for held in ["ada@example.com", "from ada", "to ada", "127.0.0.1"] {
            assert!(text.contains(held), "{held}");
        }
        for secret in ["argon2", "between others", "bob@example.com"] {
            assert!(!text.contains(secret), "{secret}");
        }
        let origins = |fact: &&Value| fact["origin"].is_object();
        let own =
            facts.iter().filter(origins).filter(|fact| fact["data"]["sender"] == json!(bob_id));
        assert_eq!(own.count(), 0, "where others wrote from is theirs");
    }
    assert_eq!(service.client().get("/api/v1/people/me/export").await?.status, 401);
    Ok(())
}
