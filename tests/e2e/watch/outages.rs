//! Followers of the stream, cut at random, while NATS is frozen, killed and wiped.

use anyhow::{Context, Result};
use futures::future::try_join_all;
use rustix::process::Signal;
use serde_json::Value;
use tests::{Client, patient};

use super::chance::Chance;
use crate::named_parts::Parts;

/// Followers, and messages that all of them have to hear.
const FOLLOWERS: u64 = 200;
const MESSAGES: usize = 120;
/// More sockets than there are at any time: one that was cut may be noticed late.
const CROWD: usize = 10_000;
/// A follower is cut after so many messages at the most.
const CUT_WITHIN: u64 = 16;

/// Follows until `MESSAGES` have been told, cut again and again; tells the positions.
async fn follow(ada: Client, mut chance: Chance, mut since: String) -> Result<Vec<String>> {
    let mut told: Vec<String> = Vec::with_capacity(MESSAGES);
    while told.len() < MESSAGES {
        let query = format!("type=new_message.v1&since={since}");
        let mut socket = ada.follow(&query).await?;
        for _ in 0..chance.below(CUT_WITHIN) {
            if told.len() == MESSAGES {
                break;
            }
            let fact: Value = socket.fact().await?;
            fact["cursor"].as_str().context("a cursor")?.clone_into(&mut since);
            told.push(since.clone());
        }
    }
    Ok(told)
}

#[tokio::test]
async fn two_hundred_followers_that_are_cut_hear_each_message_once_whatever_befalls_nats()
-> Result<()> {
    let mut parts = Parts::start().await?;
    let mut service = parts.serve_crowds(CROWD).await?;
    service.expect_errors();
    let (ada, ada_id) = service.client().join("ada").await?;
    let first = ada.send(ada_id, "before").await?;
    let since = first.header("registre-position").context("a position")?.to_owned();
    let followers = (0..FOLLOWERS)
        .map(|number| tokio::spawn(follow(ada.clone(), Chance::of(number), since.clone())));
    let followers: Vec<_> = followers.collect();
    let mut sent = Vec::with_capacity(MESSAGES);
    for number in 0..MESSAGES {
        match number {
            20 => parts.broker.signal(Signal::STOP)?,
            45 => parts.broker.signal(Signal::CONT)?,
            70 => parts.broker.kill().await?,
            95 => parts.broker.start_empty().await?,
            _ => {}
        }
        let answer = ada.send(ada_id, &number.to_string()).await?;
        sent.push(answer.header("registre-position").context("a position")?.to_owned());
    }
    for told in patient(try_join_all(followers)).await?? {
        assert_eq!(told?, sent);
    }
    service.stop().await?;
    parts.log.shutdown().await;
    Ok(())
}
