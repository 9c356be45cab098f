//! Watching and replaying: how fast a follower is brought from the beginning of the log to its end,
//! what a socket of the stream takes, and what auditors and operators wait for.
//!
//! Most of it is reading and writing JSON: what one core parses of it in the same run is the
//! calibration.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use futures::future::try_join_all;
use serde_json::{Value, json};
use tokio::process::Command;

use super::{
    client::{Call, Connection},
    people::People,
    service::Process,
    sockets::{Burst, Socket},
};

/// Messages that are followed and replayed, and the clients that write them.
const MESSAGES: usize = 60_000;
const WRITERS: usize = 64;
/// Followers that go through all of them at the same time.
const FOLLOWERS: usize = 4;
/// Messages of a burst to many followers.
const BURST: usize = 100;
/// Sockets that are opened at the same time.
const OPENED_AT_ONCE: usize = 50;
/// After so long nothing is left to be done for a socket that was opened.
const SETTLED: Duration = Duration::from_secs(3);
const KIB: f64 = 1024.0;

/// Writes a history, and watches it.
pub(super) async fn measure(
    program: &Path,
    data: &Path,
    database: &str,
    registre: &Process,
    people: &People,
    count: usize,
) -> anyhow::Result<()> {
    let beginning = write(registre, people).await?;
    resume(registre, people, &beginning).await?;
    fan_out(registre, people, count).await?;

    let mut rebuild = Command::new(program);
    rebuild.args(["projections", "rebuild", "--anew", "--data"]).arg(data);
    let (told, took) = timed(rebuild.env("DATABASE_URL", database)).await?;
    let facts = told.lines().find_map(|line| line.strip_prefix("facts"));
    tell("rebuild", facts.context("no count of facts")?.trim().parse()?, took, None);
    audit(program, data, registre, people).await
}

/// The place at which the log begins, once `MESSAGES` stand in it.
async fn write(registre: &Process, people: &People) -> anyhow::Result<String> {
    try_join_all((0..WRITERS).map(|_| async {
        let mut connection = Connection::open(registre.address).await?;
        for number in 0..MESSAGES / WRITERS {
            let content = format!("Message {number}: la réunion est déplacée à 15 h.");
            let body = json!({ "receiver_id": people.listener_id, "content": content });
            connection.call(Call::post("/messages/", &body).by(&people.writer)).await?;
        }
        anyhow::Ok(())
    }))
    .await?;
    let mut connection = Connection::open(registre.address).await?;
    let position = connection.header(Call::get("/events/?limit=1"), "registre-read-position");
    let position = position.await?.context("no position")?;
    let (log, _) = position.rsplit_once('-').context("a cursor has two parts")?;
    Ok(format!("{log}-0"))
}

/// Followers that begin where the log does.
async fn resume(registre: &Process, people: &People, since: &str) -> anyhow::Result<()> {
    let path = format!("/api/v1/stream?since={since}&type=new_message.v1");
    let (begun, worked) = (Instant::now(), registre.worked()?);
    let followers = (0..FOLLOWERS).map(|_| follow(registre.address, &path, &people.listener));
    let facts: usize = try_join_all(followers).await?.into_iter().sum();
    let cores =
        registre.worked()?.saturating_sub(worked).as_secs_f64() / begun.elapsed().as_secs_f64();
    tell("resume, 4 followers", facts, begun.elapsed(), Some(cores));
    Ok(())
}

/// So many facts stood in the log.
async fn follow(address: SocketAddr, path: &str, token: &str) -> anyhow::Result<usize> {
    let mut socket = Socket::open_by(address, path, token).await?;
    let mut facts = 0;
    loop {
        let frame = socket.frame().await?;
        if frame.contains("\"type\":\"caught_up\"") {
            return Ok(facts);
        }
        facts += usize::from(frame.contains("\"specversion\""));
    }
}

/// A burst to `count` followers, and what each of them takes before.
async fn fan_out(registre: &Process, people: &People, count: usize) -> anyhow::Result<()> {
    let before = registre.resident()?;
    let path = "/api/v1/stream?type=new_message.v1";
    let mut sockets: Vec<Socket> = Vec::new();
    while sockets.len() < count {
        let some = OPENED_AT_ONCE.min(count - sockets.len());
        let opened = (0..some).map(|_| Socket::open_by(registre.address, path, &people.listener));
        sockets.extend(try_join_all(opened).await?);
    }
    tokio::time::sleep(SETTLED).await;
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let each = registre.resident()?.saturating_sub(before) as f64 / count as f64 / KIB;
    println!("socket of the stream   {each:.1} KiB each of {count}");

    // Each has been greeted and told that it has caught up.
    let burst = Burst::expect(sockets, BURST + 2);
    let mut connection = Connection::open(registre.address).await?;
    let (begun, worked) = (Instant::now(), registre.worked()?);
    for number in 0..BURST {
        let body = json!({ "receiver_id": people.listener_id, "content": number.to_string() });
        connection.call(Call::post("/messages/", &body).by(&people.writer)).await?;
    }
    let (ended, _sockets) = burst.last().await?;
    let took = ended.duration_since(begun);
    let cores = registre.worked()?.saturating_sub(worked).as_secs_f64() / took.as_secs_f64();
    tell("fan-out of the stream", BURST * count, took, Some(cores));
    Ok(())
}

/// What an auditor waits for.
async fn audit(
    program: &Path,
    data: &Path,
    registre: &Process,
    people: &People,
) -> anyhow::Result<()> {
    let export = data.with_extension("ndjson");
    let asked = |arguments: &[&str]| {
        let mut command = Command::new(program);
        command.arg("audit").args(arguments);
        command.env("REGISTRE_URL", format!("http://{}", registre.address));
        command.env("REGISTRE_TOKEN", &people.administrator);
        command
    };
    let (printed, took) = timed(&mut asked(&["replay"])).await?;
    tell("audit replay", printed.lines().count(), took, None);
    let path = export.to_str().context("a path")?;
    let (_, took) = timed(&mut asked(&["export", "--to", path])).await?;
    let exported = fs::read_to_string(&export)?;
    let facts = exported.lines().count();
    tell("audit export", facts, took, None);
    let (_, took) = timed(&mut asked(&["verify", path])).await?;
    tell("audit verify", facts, took, None);

    let begun = Instant::now();
    for line in exported.lines() {
        let parsed: Value = serde_json::from_str(line)?;
        ensure!(parsed["specversion"] == "1.0", "no fact: {line}");
    }
    tell("  parsed by one core", facts, begun.elapsed(), None);
    Ok(())
}

/// What `command` prints, and how long it takes.
async fn timed(command: &mut Command) -> anyhow::Result<(String, Duration)> {
    command.stdin(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let begun = Instant::now();
    let output = command.output().await?;
    let took = begun.elapsed();
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok((String::from_utf8(output.stdout)?, took))
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn tell(what: &str, facts: usize, took: Duration, cores: Option<f64>) {
    let rate = facts as f64 / took.as_secs_f64();
    let busy = cores.map(|cores| {
        let each = rate / cores.max(0.01);
        format!(", the service on {cores:.2} cores: {each:.0}/s per core")
    });
    println!("{what:<22} {rate:>9.0} facts/s ({facts} in {took:.2?}{})", busy.unwrap_or_default());
}
