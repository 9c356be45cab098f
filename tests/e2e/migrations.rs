//! `registre migrate`.

use anyhow::Result;
use serde_json::{Value, json};
use tests::{Client, Exit, tool};

use crate::named_parts::Parts;

/// How many tables there are.
const TABLES: &str = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";

/// One number for everything that migrations make, what is noted of them, and what they could touch.
const STATE: &str = "
    SELECT hashtextextended(string_agg(line, E'\\n' ORDER BY line), 0) FROM (
        SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default)
        FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT concat_ws(' ', conrelid::regclass, pg_get_constraintdef(oid))
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT pg_get_functiondef(oid)
        FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT m::text FROM refinery_schema_history m
        UNION ALL SELECT c::text FROM checkpoints c
        UNION ALL SELECT u::text FROM users u
        UNION ALL SELECT e::text FROM events e
        UNION ALL SELECT m::text FROM messages m
    ) AS everything (line)";

async fn migrate(parts: &Parts) -> Result<Exit> {
    let mut command = tool();
    command.arg("migrate").env("DATABASE_URL", &parts.database);
    Exit::of(command).await
}

async fn lists(client: &Client) -> Result<Vec<Value>> {
    let mut lists = Vec::new();
    for path in ["/users", "/events", "/messages/sent"] {
        lists.push(client.get(path).await?.body);
    }
    Ok(lists)
}

#[tokio::test]
async fn an_empty_database_gets_its_tables_and_one_that_has_them_keeps_everything() -> Result<()> {
    let parts = Parts::start().await?;
    assert_eq!(parts.number(TABLES).await?, 0);
    let first = migrate(&parts).await?;
    assert_eq!(first.code, Some(0), "{first:?}");
    // Who answers clients makes no tables, and finds all that there is to read.
    let api = parts.serve_as("api").await?;
    assert_eq!(api.client().get("/events").await?.body, json!([]));
    assert_eq!(api.stop().await?.code, Some(0));

    let service = parts.serve().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let created = ada.create_event("Fête").await?;
    assert_eq!(created.header("registre-projected"), Some("true"));
    let sent = ada.send(ada_id, "Bonjour !").await?;
    assert_eq!(sent.header("registre-projected"), Some("true"));
    let shown = lists(&ada).await?;
    assert_eq!(service.stop().await?.code, Some(0));

    let before = parts.number(STATE).await?;
    let second = migrate(&parts).await?;
    assert_eq!(second.code, Some(0), "{second:?}");
    assert_eq!(parts.number(STATE).await?, before);
    let service = parts.serve().await?;
    assert_eq!(lists(&ada.at(&service.url)).await?, shown);
    assert_eq!(service.stop().await?.code, Some(0));
    parts.log.shutdown().await;
    Ok(())
}
