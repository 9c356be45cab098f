//! Events, written and read: requests and their answers.

use std::time::Duration;

use anyhow::Context;
use serde_json::json;

use super::{
    client::{Call, Connection},
    load,
    people::People,
    report::compare,
    service::Process,
    turns::by_turns,
};
use crate::{latencies::Latencies, postgres::Postgres};

const WRITING_CLIENTS: usize = 64;
const READING_CLIENTS: usize = 16;

/// Events that a list of a hundred needs.
const LISTED: usize = 100;

fn event(title: &str) -> Call {
    let event = json!({
        "title": title,
        "description": "Dans la rue",
        "date": "2030-06-21T18:00:00",
        "location": "Lyon",
    });
    Call::post("/events/", &event)
}

/// Creates events, next to durable inserts of one row each.
pub(crate) async fn events(
    registre: &Process,
    people: &People,
    postgres: &Postgres,
    within: Duration,
) -> anyhow::Result<()> {
    let alone = async |round, within| create(registre, people, 1, round, within).await;
    let inserts = async |_: u32, within| postgres.inserts_by(1, within);
    let (inserts, created) = by_turns(within, inserts, alone).await?;
    compare("create event, 1", &created, inserts, "P1");

    let together =
        async |round, within| create(registre, people, WRITING_CLIENTS, round, within).await;
    let inserts = async |_: u32, within| postgres.inserts_by(WRITING_CLIENTS, within);
    let (inserts, created) = by_turns(within, inserts, together).await?;
    compare("create event, 64", &created, inserts, "P64");
    Ok(())
}

async fn create(
    registre: &Process,
    people: &People,
    clients: usize,
    round: u32,
    within: Duration,
) -> anyhow::Result<Latencies> {
    let token = people.writer.clone();
    load::run(registre.address, clients, within, move |client, number| {
        event(&format!("event {round}: {client} of {clients}, {number}")).by(&token)
    })
    .await
}

/// Reads events, next to bare axum with one query.
pub(crate) async fn reads(
    registre: &Process,
    bare: &Process,
    people: &People,
    within: Duration,
) -> anyhow::Result<()> {
    let mut connection = Connection::open(registre.address).await?;
    for number in 0..LISTED {
        connection.call(event(&format!("event to be listed, {number}")).by(&people.writer)).await?;
    }
    let first = connection.json(Call::get("/events/?limit=1")).await?;
    let id = first[0]["id"].as_i64().context("no event")?;
    for (what, theirs, ours) in [
        ("event by id", "/events/1".to_owned(), format!("/events/{id}")),
        ("list of 100", "/events".to_owned(), format!("/events/?limit={LISTED}")),
    ] {
        let read = async |process: &Process, path: &str, within| {
            let path = path.to_owned();
            load::run(process.address, READING_CLIENTS, within, move |_, _| Call::get(&path)).await
        };
        let theirs = async |_: u32, within| Ok(read(bare, &theirs, within).await?.per_second());
        let ours = async |_: u32, within| read(registre, &ours, within).await;
        let (bare, read) = by_turns(within, theirs, ours).await?;
        compare(what, &read, bare, "bare axum");
    }
    Ok(())
}
