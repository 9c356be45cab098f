//! `registre projections`, beside a service at work.

use anyhow::{Context, Result};
use futures::StreamExt;
use serde_json::{Value, json};
use tests::{Answer, Client, Exit, Service, patient, tool};

use crate::named_parts::Parts;

/// `registre projections …` on `parts`.
async fn projections(parts: &Parts, arguments: &[&str]) -> Result<Exit> {
    let mut command = tool();
    command.arg("projections").args(arguments).arg("--data").arg(parts.data());
    command.env("EVENTSTORE_URL", parts.log.connection_string());
    command.env("DATABASE_URL", &parts.database);
    Exit::of(command).await
}

/// The same, which succeeds; what it prints.
async fn succeed(parts: &Parts, arguments: &[&str]) -> Result<String> {
    let exit = projections(parts, arguments).await?;
    anyhow::ensure!(exit.code == Some(0), "{exit:?}");
    Ok(exit.printed)
}

/// Readiness, once it says that `name` is `value`.
async fn ready(client: &Client, name: &str, value: Value) -> Result<Answer> {
    let asked = async {
        loop {
            let ready = client.get("/health/ready").await?;
            if ready.body[name] == value {
                return anyhow::Ok(ready);
            }
        }
    };
    patient(asked).await?
}

#[tokio::test]
async fn read_models_are_made_anew_and_swapped_while_reads_go_on_and_nothing_is_published()
-> Result<()> {
    let parts = Parts::start().await?;
    let service = parts.serve().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    for number in 0..5 {
        ada.create_event(&format!("Fête {number}")).await?;
        ada.send(ada_id, &number.to_string()).await?;
    }
    let nats = async_nats::connect(&parts.broker.url).await?;
    let mut bells = nats.subscribe("registre.>").await?;
    nats.flush().await?;
    // What was sent before has been rung for once this is heard.
    let last = ada.send(ada_id, "last").await?;
    let mut bell = async || {
        loop {
            let bell = patient(bells.next()).await?.context("the bell is silent")?;
            if bell.subject.as_str() != "registre.heartbeat" {
                let told: Value = serde_json::from_slice(&bell.payload)?;
                return anyhow::Ok(told["cursor"].clone());
            }
        }
    };
    while bell().await? != json!(last.header("registre-position")) {}
    let events = ada.get("/events").await?.body;

    let operator = async {
        let rebuilt = succeed(&parts, &["rebuild", "--batch", "7"]).await?;
        assert!(rebuilt.contains("They stand where the live ones do."), "{rebuilt}");
        let status = succeed(&parts, &["status"]).await?;
        assert!(status.contains("quarantined streams: 0"), "{status}");
        let same = succeed(&parts, &["diff"]).await?;
        assert!(same.contains("no difference"), "{same}");
        succeed(&parts, &["swap"]).await?;
        succeed(&parts, &["rollback"]).await?;
        succeed(&parts, &["swap"]).await?;
        succeed(&parts, &["forget"]).await
    };
    let reads = async {
        loop {
            let read = ada.get("/events").await?;
            anyhow::ensure!(read.status == 200 && read.body == events, "{read:?}");
        }
    };
    tokio::select! {
        done = operator => { done?; }
        failed = reads => return failed,
    }
    let after = ada.send(ada_id, "after").await?;
    assert_eq!(bell().await?, json!(after.header("registre-position")));
    let sent = ada.get("/messages/sent").await?.body;
    assert_eq!(sent.as_array().map(Vec::len), Some(7));
    service.stop().await?;
    parts.log.shutdown().await;
    Ok(())
}

#[tokio::test]
async fn a_stream_that_was_quarantined_is_listed_and_tried_again_when_somebody_asks() -> Result<()>
{
    let parts = Parts::start().await?;
    let mut service = parts.serve().await?;
    service.expect_errors();
    let (ada, _) = service.client().join("ada").await?;
    let poison = "ALTER TABLE events ADD CONSTRAINT poison CHECK (title <> 'poison')";
    parts.run_sql(poison).await?;
    let poisoned = ada.create_event("poison").await?;
    let stream = format!("event-{}", poisoned.body["id"]);
    let after = ada.create_event("after").await?;
    let shown = async {
        loop {
            let events = ada.get("/events").await?.body;
            if events != json!([]) {
                return anyhow::Ok(events);
            }
        }
    };
    assert_eq!(tests::patient(shown).await??, json!([after.body]));
    let degraded = ready(&ada, "quarantined", json!(1)).await?;
    assert_eq!(degraded.body["status"], json!("degraded"));
    let status = succeed(&parts, &["status"]).await?;
    assert!(status.contains(&format!("  {stream} since ")), "{status}");

    let refused = projections(&parts, &["retry", &stream]).await?;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.said.contains("stays quarantined"), "{refused:?}");
    parts.run_sql("ALTER TABLE events DROP CONSTRAINT poison").await?;
    succeed(&parts, &["retry", &stream]).await?;
    assert_eq!(ada.get("/events").await?.body, json!([poisoned.body, after.body]));
    ready(&ada, "status", json!("ready")).await?;
    let nothing = projections(&parts, &["retry", &stream]).await?;
    assert!(nothing.said.contains("no fact of"), "{nothing:?}");
    service.stop().await?;
    parts.log.shutdown().await;
    Ok(())
}

#[tokio::test]
async fn a_row_that_is_behind_says_since_when_in_the_list_and_by_itself() -> Result<()> {
    let parts = Parts::start().await?;
    let mut service = parts.serve().await?;
    service.expect_errors();
    let (ada, ada_id) = service.client().join("ada").await?;
    let path = format!("/api/v1/people/{ada_id}");
    assert_eq!(ada.get(&path).await?.body.get("stale_since"), None);
    let poison = "ALTER TABLE users ADD CONSTRAINT poison CHECK (username <> 'poison')";
    parts.run_sql(poison).await?;
    let renamed = ada.put("/api/v1/people/me", &json!({ "username": "poison" })).await?;
    let since = json!(renamed.header("registre-position").context("a position")?);
    ready(&ada, "quarantined", json!(1)).await?;
    let one = ada.get(&path).await?;
    assert_eq!((&one.body["username"], &one.body["stale_since"]), (&json!("ada"), &since));
    let all = ada.get("/api/v1/people").await?;
    assert_eq!(all.body["items"][0]["stale_since"], since, "{all:?}");
    service.stop().await?;
    parts.log.shutdown().await;
    Ok(())
}

/// Keeps what the checkpoint says now as `name`.
fn keep(name: &str) -> String {
    format!("CREATE TABLE {name} AS SELECT position, fact, counted, digest FROM checkpoints")
}

#[tokio::test]
async fn a_fact_that_was_skipped_doubled_or_swapped_is_red_until_read_models_are_made_anew()
-> Result<()> {
    let parts = Parts::start().await?;
    let mut service = parts.serve().await?;
    let (mut ada, _) = service.client().join("ada").await?;
    ada.create_event("one").await?;
    parts.run_sql(&keep("before")).await?;
    ada.create_event("two").await?;
    parts.run_sql(&keep("after")).await?;
    service.stop().await?;
    for (planted, place, tally) in [("skipped", "after", "before"), ("doubled", "before", "after")]
    {
        let plant = format!(
            "UPDATE checkpoints c SET position = p.position, fact = p.fact, counted = t.counted,
                 digest = t.digest FROM {place} p, {tally} t"
        );
        parts.run_sql(&plant).await?;
        service = parts.serve().await?;
        service.expect_errors();
        ada = ada.at(&service.url);
        let told = ready(&ada, "completeness", json!("broken")).await?;
        assert_eq!(told.body["status"], json!("degraded"), "{planted}");
        let measures = service.banner.iter().find_map(|line| line.strip_prefix("and measures "));
        let measures = reqwest::get(measures.context("no URL")?).await?.text().await?;
        assert!(measures.contains("registre_projection_complete -1"), "{planted}: {measures}");

        succeed(&parts, &["rebuild", "--anew"]).await?;
        succeed(&parts, &["swap", "--differing"]).await?;
        ready(&ada, "completeness", json!("complete")).await?;
        let titles = ada.get("/events").await?.body;
        assert_eq!((&titles[0]["title"], &titles[1]["title"]), (&json!("one"), &json!("two")));
        service.stop().await?;
    }
    parts.log.shutdown().await;
    Ok(())
}

#[tokio::test]
async fn a_service_with_parts_of_its_own_is_found_while_it_is_at_work() -> Result<()> {
    let mut service = Service::standalone().await?;
    service.client().join("ada").await?;
    let status = async || {
        let mut command = tool();
        command.args(["projections", "status", "--data"]).arg(service.data());
        Exit::of(command).await
    };
    let found = status().await?;
    assert_eq!(found.code, Some(0), "{found:?}");
    assert!(found.printed.contains("live    position "), "{found:?}");
    let data = service.data().to_owned();
    service.halt().await?;
    let mut command = tool();
    command.args(["projections", "status", "--data"]).arg(&data);
    let gone = Exit::of(command).await?;
    assert_eq!(gone.code, Some(1));
    assert!(gone.said.contains("no service is at work"), "{gone:?}");
    Ok(())
}
