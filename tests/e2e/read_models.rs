//! The read models: made from the log, by one projector at a time.

use anyhow::{Context, Result};
use reqwest::Method;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tests::{Answer, Client, Service};
use tokio_postgres::NoTls;

/// A connection to the service's own Postgres.
async fn postgres(service: &Service) -> Result<(tokio_postgres::Client, AbortOnDrop)> {
    let password = std::fs::read_to_string(service.data().join("keys/postgres.password"))?;
    let socket = service.data().join("postgres/socket");
    let address = format!("host={} user=registre dbname=registre", socket.display());
    let address = format!("{address} password={}", password.trim());
    let (client, connection) = tokio_postgres::connect(&address, NoTls).await?;
    Ok((client, AbortOnDrop(tokio::spawn(async move { drop(connection.await) }))))
}

/// A connection that ends with its test.
struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Runs `sql` in the service's own Postgres.
pub(crate) async fn run_sql(service: &Service, sql: &str) -> Result<()> {
    let (client, _connection) = postgres(service).await?;
    Ok(client.batch_execute(sql).await?)
}

async fn lists(client: &Client) -> Result<Value> {
    let mut all = Vec::new();
    for path in ["/auth/me", "/events", "/messages/sent", "/messages/received"] {
        all.push(client.get(path).await?.body);
    }
    Ok(json!(all))
}

#[tokio::test]
async fn read_models_that_were_lost_are_made_again_from_the_log() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    ada.create_event("Fête").await?;
    ada.send(ada_id, "Bonjour !").await?;
    let before = lists(&ada).await?;

    let wipe = "TRUNCATE users, users_history, sessions, sessions_history, events, messages,
                         messages_history; DELETE FROM checkpoints";
    run_sql(&service, wipe).await?;
    let service = service.stop_and_restart().await?;

    let ada = ada.at(&service.url);
    // A command's answer waits until what it wrote, and so all before it, has been projected.
    ada.create_event("after").await?;
    let events = ada.get("/events").await?.body;
    let mut after = lists(&ada).await?;
    after[1].as_array_mut().context("events are a list")?.pop();
    assert_eq!(events.as_array().map(Vec::len), Some(2));
    assert_eq!(after, before);
    Ok(())
}

#[tokio::test]
async fn a_projector_that_was_replaced_writes_nothing_more_until_its_turn() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    // Somebody else has taken over, and is next in the queue for the turn.
    let (other, connection) = postgres(&service).await?;
    let turn = other.batch_execute("SELECT pg_advisory_lock(hashtext('registre projector'))");
    let replace = async {
        run_sql(&service, "UPDATE checkpoints SET epoch = epoch + 1").await?;
        ada.create_event("Fête").await
    };
    let (turn, created) = tokio::join!(turn, replace);
    turn?;
    let created = created?;
    assert_eq!((created.status, created.header("registre-projected")), (200, Some("false")));
    assert_eq!(created.header("preference-applied"), None);
    assert_eq!(ada.get("/events").await?.body, json!([]));

    // Who does not care is not kept waiting for what does not come.
    let hurried = ada.request(Method::POST, "/messages").header("prefer", "respond-async");
    let note = json!({ "receiver_id": ada_id, "content": "to myself" });
    let sent = Answer::of(hurried.json(&note)).await?;
    assert_eq!((sent.status, sent.header("registre-projected")), (200, Some("false")));
    assert_eq!(sent.header("preference-applied"), Some("respond-async"));

    // Its turn comes, and it goes on from the checkpoint.
    drop((other, connection));
    let seen = async {
        loop {
            let events = ada.get("/events").await?;
            if events.body != json!([]) {
                return anyhow::Ok(events);
            }
        }
    };
    assert_eq!(tests::patient(seen).await??.body, json!([created.body]));
    Ok(())
}

#[tokio::test]
async fn what_postgres_cannot_hold_is_left_out_and_the_rest_goes_on() -> Result<()> {
    let mut service = Service::standalone().await?;
    service.expect_errors();
    let (ada, ada_id) = service.client().join("ada").await?;
    run_sql(&service, "ALTER TABLE messages ADD CHECK (content <> 'poison')").await?;
    ada.send(ada_id, "poison").await?;
    let sent = ada.send(ada_id, "after").await?;
    assert_eq!(sent.header("registre-projected"), Some("true"));
    assert_eq!(ada.get("/messages/sent").await?.body, json!([sent.body]));
    assert!(service.said().contains("a fact cannot be applied"), "{}", service.said());
    let degraded = async {
        loop {
            let ready = ada.get("/health/ready").await?;
            if ready.body["left_out"] == json!(1) {
                return anyhow::Ok(ready);
            }
        }
    };
    assert_eq!(tests::patient(degraded).await??.body["status"], json!("degraded"));
    Ok(())
}

#[tokio::test]
async fn read_models_of_another_log_are_refused_and_both_places_are_named() -> Result<()> {
    let mut service = Service::standalone().await?;
    service.expect_errors();
    service.client().join("ada").await?;
    run_sql(&service, "UPDATE checkpoints SET fact = gen_random_uuid()").await?;
    let service = service.stop_and_restart().await?;
    tests::until(|| service.said().contains("a restored or foreign log")).await?;
    let ready = service.client().get("/health/ready").await?;
    assert_eq!(ready.body["projector"], json!("down"));
    Ok(())
}

#[tokio::test]
async fn read_models_that_do_not_fit_are_made_anew_once_that_is_asked_for() -> Result<()> {
    let mut service = Service::standalone().await?;
    service.expect_errors();
    let (ada, _) = service.client().join("ada").await?;
    let created = ada.create_event("Fête").await?;
    run_sql(&service, "UPDATE checkpoints SET fact = gen_random_uuid()").await?;
    run_sql(&service, "UPDATE events SET title = 'of a log that is gone'").await?;
    service.halt().await?;
    let mut command = tests::registre(service.data());
    command.arg("--force-rebuild");
    let again = Service::start(command, service.data()).await?;
    let ada = ada.at(&again.url);
    let seen = async {
        loop {
            let read = ada.get("/events").await?;
            if read.body == json!([created.body]) {
                return anyhow::Ok(read);
            }
        }
    };
    let read = tests::patient(seen).await??;
    // It is another log by name: nobody goes on from a place of the one before.
    let log = |cursor: Option<&str>| Some(cursor?.rsplit_once('-')?.0.to_owned());
    let (was, is) =
        (log(created.header("registre-position")), log(read.header("registre-read-position")));
    assert!(was.is_some() && is.is_some() && was != is, "{was:?} {is:?}");
    again.stop().await?;
    Ok(())
}

/// Sends `signal` to every process of the service's own Postgres.
fn signal_postgres(service: &Service, signal: Signal) -> Result<()> {
    let file = std::fs::read_to_string(service.data().join("postgres/cluster/postmaster.pid"))?;
    let postmaster = file.lines().next().context("the file is empty")?.trim().to_owned();
    let mut processes = vec![postmaster.clone()];
    for entry in std::fs::read_dir("/proc")?.flatten() {
        let pid = entry.file_name().to_string_lossy().into_owned();
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        // The name in brackets may hold anything; after it come the state and the parent.
        let parent = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1));
        if parent == Some(postmaster.as_str()) {
            processes.push(pid);
        }
    }
    for pid in processes {
        let pid = Pid::from_raw(pid.parse()?).context("no pid")?;
        kill_process(pid, signal)?;
    }
    Ok(())
}

#[tokio::test]
async fn while_postgres_is_frozen_commands_are_accepted_and_afterwards_nothing_is_missing()
-> Result<()> {
    let mut service = Service::standalone().await?;
    service.expect_errors();
    let (ada, ada_id) = service.client().join("ada").await?;
    signal_postgres(&service, Signal::STOP)?;
    let sent = ada.send(ada_id, "anyone?").await;
    let read = ada.get("/messages/sent").await;
    // Thawed before anything can fail: what is frozen does not hear that its service is gone.
    signal_postgres(&service, Signal::CONT)?;
    let (sent, read) = (sent?, read?);
    assert_eq!((sent.status, sent.header("registre-projected")), (200, Some("false")));
    assert_eq!((read.status, read.header("retry-after")), (503, Some("1")));
    let seen = async {
        loop {
            let read = ada.get("/messages/sent").await?;
            if read.status == 200 && read.body != json!([]) {
                return anyhow::Ok(read.body);
            }
        }
    };
    assert_eq!(tests::patient(seen).await??, json!([sent.body]));
    let compared = async {
        loop {
            let ready = ada.get("/health/ready").await?.body;
            if ready["completeness"] != json!("unknown") && ready["postgres"] == json!("up") {
                return anyhow::Ok(ready);
            }
        }
    };
    assert_eq!(tests::patient(compared).await??["completeness"], json!("complete"));
    Ok(())
}
