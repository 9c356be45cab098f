//! SIGKILL of the whole service.

use std::{
    collections::BTreeSet,
    fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use anyhow::{Context, Result};
use serde_json::Value;
use tests::{Client, Service};
use tokio::{sync::Notify, task::JoinSet};

/// Registrations and messages that are tried in all.
const TRIED: usize = 500;
/// After so many answers the service is killed, while the others are under way.
const ANSWERED_BEFORE_KILL: usize = 300;
/// Clients at once.
const CLIENTS: usize = 16;

/// What was answered with success: ids of accounts and of messages.
type Acknowledged = (BTreeSet<i64>, BTreeSet<i64>);

#[tokio::test]
async fn nothing_that_was_answered_is_lost_when_the_service_is_killed() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let answered = Arc::new((AtomicUsize::new(0), Notify::new()));
    let mut load = JoinSet::new();
    for client in 0..CLIENTS {
        load.spawn(work(ada.clone(), ada_id, client, Arc::clone(&answered)));
    }
    tests::patient(answered.1.notified()).await?;
    let service = service.kill_and_restart().await?;

    let (mut people, mut messages) = Acknowledged::default();
    while let Some(acknowledged) = load.join_next().await {
        let (some_people, some_messages) = acknowledged?;
        people.extend(some_people);
        messages.extend(some_messages);
    }
    assert!(people.len() + messages.len() >= ANSWERED_BEFORE_KILL);

    let ada = ada.at(&service.url);
    // Whether a receiver exists is decided from the log; the answer waits for the read models.
    for id in &people {
        let answer = ada.send(*id, "still there?").await?;
        assert_eq!(answer.status, 200, "person {id} is lost: {answer:?}");
    }
    let kept = ada.get("/messages/received?limit=1000").await?;
    let kept = ids(&kept.body["messages"]).with_context(|| format!("no list in {kept:?}"))?;
    let lost: Vec<_> = messages.difference(&kept).collect();
    assert!(lost.is_empty(), "messages are lost: {lost:?}");
    Ok(())
}

/// Registers and writes in turn until everything has been tried or the service is gone.
async fn work(
    ada: Client,
    ada_id: i64,
    client: usize,
    answered: Arc<(AtomicUsize, Notify)>,
) -> Acknowledged {
    let (mut people, mut messages) = Acknowledged::default();
    for number in 0..TRIED / CLIENTS {
        let registers = number % 4 == 0;
        let tried = if registers {
            ada.register(&format!("p{client}-{number}")).await
        } else {
            ada.send(ada_id, "hello").await
        };
        let Ok(answer) = tried else { break };
        if let (200, Some(id)) = (answer.status, answer.body["id"].as_i64()) {
            if registers {
                people.insert(id)
            } else {
                messages.insert(id)
            };
            if answered.0.fetch_add(1, Ordering::Relaxed) + 1 == ANSWERED_BEFORE_KILL {
                answered.1.notify_one();
            }
        }
    }
    (people, messages)
}

fn ids(list: &Value) -> Option<BTreeSet<i64>> {
    list.as_array()?.iter().map(|entry| entry["id"].as_i64()).collect()
}

#[tokio::test]
async fn no_child_outlives_a_killed_service() -> Result<()> {
    let service = Service::standalone().await?;
    let data = service.data().display().to_string();
    let children = [
        first_line(service.data().join("postgres/cluster/postmaster.pid"))?,
        first_line(service.data().join("nats/nats.pid"))?,
    ];
    assert!(children.iter().all(|pid| is_ours(pid, &data)), "{children:?} are not its children");
    let _folder = service.kill().await?;
    for pid in children {
        tests::until(|| !is_ours(&pid, &data)).await.with_context(|| format!("{pid} lives on"))?;
    }
    Ok(())
}

/// Whether `pid` runs, and works on `data`.
fn is_ours(pid: &str, data: &str) -> bool {
    fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.contains(data))
}

fn first_line(path: impl AsRef<std::path::Path>) -> Result<String> {
    let text = fs::read_to_string(path)?;
    text.lines().next().map(|line| line.trim().to_owned()).context("the file is empty")
}
