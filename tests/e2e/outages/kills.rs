//! One process of several that is killed: the next one goes on from its checkpoint.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::{Context, Result, ensure};
use futures::StreamExt;
use serde_json::{Value, json};
use tests::{Answer, Client, patient};
use tokio::task::JoinSet;

use super::Ada;
use crate::named_parts::Parts;

/// How often the projector is killed.
const KILLS: usize = 20;
/// Clients that write meanwhile.
const WRITERS: usize = 16;

/// Rows by their ids.
type Rows = BTreeMap<i64, Value>;

/// What people can read.
#[derive(Debug, Default, PartialEq)]
struct Lists {
    people: Rows,
    events: Rows,
}

impl Lists {
    /// What the service shows.
    async fn read(client: &Client) -> Result<Self> {
        let mut lists = Self::default();
        for (path, rows) in [("/users", &mut lists.people), ("/events", &mut lists.events)] {
            let answer = client.get(path).await?;
            for row in answer.body.as_array().with_context(|| format!("{path}: {answer:?}"))? {
                add(rows, row)?;
            }
        }
        Ok(lists)
    }

    /// Notes who was registered.
    fn registered(&mut self, answer: &Answer) -> Result<()> {
        ensure!(answer.status == 200, "{answer:?}");
        let [id, name, email] = ["id", "username", "email"].map(|field| &answer.body[field]);
        // The list leaves out when that was.
        add(&mut self.people, &json!({ "id": id, "username": name, "email": email }))
    }

    /// Notes which event was created.
    fn created(&mut self, answer: &Answer) -> Result<()> {
        ensure!(answer.status == 200, "{answer:?}");
        add(&mut self.events, &answer.body)
    }
}

fn add(rows: &mut Rows, row: &Value) -> Result<()> {
    let id = row["id"].as_i64().with_context(|| format!("no id in {row}"))?;
    ensure!(rows.insert(id, row.clone()).is_none(), "{id} is there twice");
    Ok(())
}

/// Registers people and creates events until `done`; every one of them is accepted.
async fn write(client: Client, writer: usize, done: Arc<AtomicBool>) -> Result<Lists> {
    let mut acknowledged = Lists::default();
    let mut names = (0..).map(|number| format!("number-{writer}-{number}"));
    while !done.load(Ordering::Relaxed) {
        let name = names.next().context("there are always more")?;
        acknowledged.registered(&client.register(&name).await?)?;
        for event in 0..3 {
            acknowledged.created(&client.create_event(&format!("{name}-{event}")).await?)?;
        }
    }
    Ok(acknowledged)
}

/// Waits until the read models have moved on.
async fn moved_on(parts: &Parts) -> Result<()> {
    let place = "SELECT coalesce(max(position), 0) FROM checkpoints";
    let before = parts.number(place).await?;
    patient(async {
        while parts.number(place).await? == before {}
        anyhow::Ok(())
    })
    .await?
}

/// Waits until everything that was accepted before has been projected, as its own answer says.
async fn projected(client: &Client, acknowledged: &mut Lists) -> Result<()> {
    patient(async {
        for number in 0.. {
            let created = client.create_event(&format!("last {number}")).await?;
            acknowledged.created(&created)?;
            if created.header("registre-projected") == Some("true") {
                break;
            }
        }
        anyhow::Ok(())
    })
    .await?
}

#[tokio::test]
async fn a_projector_that_is_killed_over_and_over_under_load_leaves_out_and_doubles_nothing()
-> Result<()> {
    let parts = Parts::start().await?;
    let mut projector = parts.serve_as("projector").await?;
    let api = parts.serve_as("api,relay").await?;
    let mut acknowledged = Lists::default();
    acknowledged.registered(&api.client().register("ada").await?)?;
    let ada = api.client().log_in("ada").await?;
    let done = Arc::new(AtomicBool::new(false));
    let mut load = JoinSet::new();
    for writer in 0..WRITERS {
        load.spawn(write(ada.clone(), writer, Arc::clone(&done)));
    }
    for _ in 0..KILLS {
        moved_on(&parts).await?;
        projector.kill().await?;
        projector = parts.serve_as("projector").await?;
    }
    done.store(true, Ordering::Relaxed);
    while let Some(some) = load.join_next().await {
        let mut some = some??;
        acknowledged.people.append(&mut some.people);
        acknowledged.events.append(&mut some.events);
    }
    projected(&ada, &mut acknowledged).await?;
    assert_eq!(Lists::read(&ada).await?, acknowledged);

    // A process that has just started has nothing to say of places further back.
    assert_eq!(projector.stop().await?.code, Some(0));
    projector = parts.serve_as("projector").await?;
    let compared = patient(async {
        loop {
            let ready = projector.client().get("/health/ready").await?.body;
            if ready["completeness"] != json!("unknown") && ready["projector"] == json!("up") {
                return anyhow::Ok(ready);
            }
        }
    });
    let ready = compared.await??;
    let told = (&ready["completeness"], &ready["status"]);
    assert_eq!(told, (&json!("complete"), &json!("ready")), "{ready}");
    for service in [api, projector] {
        assert_eq!(service.stop().await?.code, Some(0));
    }
    parts.log.shutdown().await;
    Ok(())
}

#[tokio::test]
async fn what_was_accepted_while_no_relay_lived_is_rung_for_by_the_next_one() -> Result<()> {
    let parts = Parts::start().await?;
    // Who projects makes the tables.
    let api = parts.serve_as("api,projector").await?;
    let relay = parts.serve_as("relay").await?;
    let nats = async_nats::connect(&parts.broker.url).await?;
    let mut bells = nats.subscribe("registre.new_message.*").await?;
    nats.flush().await?;
    let mut bell = async || {
        let bell = patient(bells.next()).await?.context("the bell is silent")?;
        let told: Value = serde_json::from_slice(&bell.payload)?;
        anyhow::Ok(told["cursor"].clone())
    };
    let mut ada = Ada::join(&api.client()).await?;
    let before = json!(ada.send().await?.header("registre-position"));
    while bell().await? != before {}

    relay.kill().await?;
    let mut accepted = Vec::new();
    for _ in 0..3 {
        let sent = ada.send().await?;
        assert_eq!(sent.status, 200, "{sent:?}");
        accepted.push(json!(sent.header("registre-position")));
    }
    let relay = parts.serve_as("relay").await?;
    let mut rung = Vec::new();
    while rung.len() < accepted.len() {
        let heard = bell().await?;
        // What was rung for before, or just now, may be rung for again.
        if heard != before && !rung.contains(&heard) {
            rung.push(heard);
        }
    }
    assert_eq!(rung, accepted);
    ada.hear_all().await?;
    for service in [relay, api] {
        assert_eq!(service.stop().await?.code, Some(0));
    }
    parts.log.shutdown().await;
    Ok(())
}
