//! Messages and the sockets that they reach.

use std::time::{Duration, Instant};

use anyhow::Context;
use futures::future::try_join_all;
use serde_json::{Value, json};
use tokio::{sync::mpsc, time::MissedTickBehavior};

use super::{
    client::{Call, Connection},
    people::People,
    service::Process,
    sockets::{Burst, Socket, open},
};
use crate::latencies::Latencies;

/// The pace of the messages whose frames are timed.
const MESSAGES_PER_SECOND: u32 = 200;
/// Messages of a burst, and how many senders share them.
const BURST_MESSAGES: usize = 100;
const BURST_SENDERS: usize = 10;
/// Bursts to each of the two, by turns.
const BURSTS: u32 = 6;

fn message(people: &People, number: usize) -> Call {
    let body = json!({ "receiver_id": people.listener_id, "content": number.to_string() });
    Call::post("/messages/", &body).by(&people.writer)
}

/// From sending a message until its frame is there, at a steady pace.
pub(crate) async fn frames(
    registre: &Process,
    people: &People,
    within: Duration,
) -> anyhow::Result<()> {
    let mut socket = Socket::open(registre.address, &format!("/ws/{}", people.listener)).await?;
    let (sent, mut sendings) = mpsc::unbounded_channel::<Instant>();
    let total = MESSAGES_PER_SECOND * u32::try_from(within.as_secs())?;
    let reader = tokio::spawn(async move {
        let mut latencies = Vec::new();
        for _ in 0..total {
            let frame: Value = serde_json::from_str(&socket.frame().await?)?;
            let arrived = Instant::now();
            let sent = sendings.recv().await.context("a frame without a message")?;
            anyhow::ensure!(frame["type"] == "new_message", "{frame}");
            latencies.push(arrived.duration_since(sent));
        }
        anyhow::Ok(latencies)
    });
    // One connection keeps the order of messages, so that a frame is matched with its own sending.
    let mut connection = Connection::open(registre.address).await?;
    let mut pace = tokio::time::interval(Duration::from_secs(1) / MESSAGES_PER_SECOND);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let begun = Instant::now();
    for number in 0..usize::try_from(total)? {
        pace.tick().await;
        sent.send(Instant::now())?;
        connection.call(message(people, number)).await?;
    }
    let latencies = Latencies::new(reader.await??, begun.elapsed());
    println!("message to frame       {latencies}");
    Ok(())
}

/// Bursts of messages to many sockets of their receiver, by turns with bare axum's broadcast.
pub(crate) async fn burst(
    registre: &Process,
    bare: &Process,
    people: &People,
    count: usize,
) -> anyhow::Result<()> {
    let mut theirs = open(bare.address, "/ws", count).await?;
    let mut socket = Socket::open(registre.address, &format!("/ws/{}", people.listener)).await?;
    let mut connection = Connection::open(registre.address).await?;
    connection.call(message(people, 0)).await?;
    let frame = socket.frame().await?;
    drop(socket);

    let said = serde_json::from_str(&frame)?;
    let mut ours = open(registre.address, &format!("/ws/{}", people.listener), count).await?;
    let (mut calibration, mut measured) = (0.0, 0.0);
    for _ in 0..BURSTS {
        let rate;
        (rate, theirs) = send(bare, theirs, |_| Call::post("/burst", &said)).await?;
        calibration += rate / f64::from(BURSTS);
        let rate;
        (rate, ours) = send(registre, ours, |number| message(people, number)).await?;
        measured += rate / f64::from(BURSTS);
    }
    println!("  bare axum, burst     {calibration:>9.0} frames/s to {count} sockets");
    println!(
        "burst                  {measured:>9.0} frames/s to {count} sockets = {:.2} × bare axum",
        measured / calibration
    );
    Ok(())
}

/// Frames per second of one burst, and the sockets that it went to.
async fn send(
    process: &Process,
    sockets: Vec<Socket>,
    call: impl Fn(usize) -> Call,
) -> anyhow::Result<(f64, Vec<Socket>)> {
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let frames = (sockets.len() * BURST_MESSAGES) as f64;
    let burst = Burst::expect(sockets, BURST_MESSAGES);
    let mut connections = Vec::new();
    for _ in 0..BURST_SENDERS {
        connections.push(Connection::open(process.address).await?);
    }
    let begun = Instant::now();
    let call = &call;
    try_join_all(connections.into_iter().enumerate().map(|(sender, mut connection)| async move {
        for number in 0..BURST_MESSAGES / BURST_SENDERS {
            connection.call(call(sender * BURST_MESSAGES + number)).await?;
        }
        anyhow::Ok(())
    }))
    .await?;
    let (last, sockets) = burst.last().await?;
    Ok((frames / last.duration_since(begun).as_secs_f64(), sockets))
}
