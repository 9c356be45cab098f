//! People, events, lists: requests and their answers.

use std::time::Duration;

use anyhow::Context;
use serde_json::{Value, json};

use super::{
    client::{Call, Connection},
    load,
    report::{Report, compare},
    service::Process,
};

/// Clients that hash: enough to keep every core busy, few enough to be let into the queue.
const HASHING_CLIENTS: usize = 16;
/// Clients of the cheap requests.
const WRITING_CLIENTS: usize = 64;
const READING_CLIENTS: usize = 16;

/// Two people: one writes, the other listens.
pub(crate) struct People {
    pub(crate) writer: String,
    pub(crate) listener: String,
    pub(crate) listener_id: i64,
}

fn registration(name: &str) -> Value {
    json!({ "username": name, "email": format!("{name}@example.com"), "password": "secret" })
}

/// Registers and logs in, measured; then the two people of what follows.
pub(crate) async fn people(
    registre: &Process,
    report: &Report,
    within: Duration,
) -> anyhow::Result<People> {
    let address = registre.address;
    let registered = load::run(address, HASHING_CLIENTS, within, |client, number| {
        Call::post("/register", &registration(&format!("person-{client}-{number}")))
    });
    compare("register", &registered.await?, report.hashes, "raw hashes");
    let logged_in = load::run(address, HASHING_CLIENTS, within, |client, _| {
        let email = format!("person-{client}-0@example.com");
        Call::post("/login", &json!({ "email": email, "password": "secret" }))
    });
    compare("log in", &logged_in.await?, report.hashes, "raw hashes");

    let mut connection = Connection::open(address).await?;
    let mut tokens = Vec::new();
    let mut ids = Vec::new();
    for name in ["writer", "listener"] {
        let registered = connection.json(Call::post("/register", &registration(name))).await?;
        ids.push(registered["id"].as_i64().context("no id")?);
        let login = json!({ "email": format!("{name}@example.com"), "password": "secret" });
        let answer = connection.json(Call::post("/login", &login)).await?;
        tokens.push(answer["access_token"].as_str().context("no token")?.to_owned());
    }
    let [writer, listener] = tokens.try_into().ok().context("two people")?;
    Ok(People { writer, listener, listener_id: ids[1] })
}

/// Creates and reads events, next to bare axum with one query.
pub(crate) async fn events(
    registre: &Process,
    bare: &Process,
    people: &People,
    report: &Report,
    within: Duration,
) -> anyhow::Result<()> {
    let token = people.writer.clone();
    let created = load::run(registre.address, WRITING_CLIENTS, within, move |client, number| {
        let event = json!({
            "title": format!("event {client} {number}"),
            "description": "Dans la rue",
            "date": "2030-06-21T18:00:00",
            "location": "Lyon",
        });
        Call::post("/events/", &event).by(&token)
    });
    compare("create event, 64", &created.await?, report.inserts, "P64");

    let mut connection = Connection::open(registre.address).await?;
    let first = connection.json(Call::get("/events/?limit=1")).await?;
    let id = first[0]["id"].as_i64().context("no event")?;
    for (what, theirs, ours) in [
        ("event by id", "/events/1".to_owned(), format!("/events/{id}")),
        ("list of 100", "/events".to_owned(), "/events/?limit=100".to_owned()),
    ] {
        let calibration =
            load::run(bare.address, READING_CLIENTS, within, move |_, _| Call::get(&theirs));
        let calibration = calibration.await?;
        println!("{:<22} {calibration}", format!("  bare axum, {what}"));
        let read =
            load::run(registre.address, READING_CLIENTS, within, move |_, _| Call::get(&ours));
        compare(what, &read.await?, calibration.per_second, "bare axum");
    }
    Ok(())
}
