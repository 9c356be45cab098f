//! Followers of the stream, cut at random, while NATS is frozen, killed and wiped.

use anyhow::{Context, Result};
use futures::future::try_join_all;
use rustix::process::{Signal, kill_process};
use serde_json::Value;
use tests::{Client, Service, patient};

use crate::sockets::nats;

/// Followers, and messages that all of them have to hear.
const FOLLOWERS: usize = 200;
const MESSAGES: usize = 120;
/// A follower is cut after so many messages, plus its number modulo a few: none at the same place as
/// its neighbour.
const CUT_AFTER: usize = 7;

/// Follows until `MESSAGES` have been told, cut again and again; tells the positions.
async fn follow(ada: Client, number: usize, mut since: String) -> Result<Vec<String>> {
    let mut told: Vec<String> = Vec::with_capacity(MESSAGES);
    while told.len() < MESSAGES {
        let query = format!("type=new_message.v1&since={since}");
        let mut socket = ada.follow(&query).await?;
        for _ in 0..CUT_AFTER + number % 5 {
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
    let mut service = Service::standalone().await?;
    service.expect_errors();
    let (ada, ada_id) = service.client().join("ada").await?;
    let first = ada.send(ada_id, "before").await?;
    let since = first.header("registre-position").context("a position")?.to_owned();
    let broker = nats(&service)?;
    let followers =
        (0..FOLLOWERS).map(|number| tokio::spawn(follow(ada.clone(), number, since.clone())));
    let followers: Vec<_> = followers.collect();
    let mut sent = Vec::with_capacity(MESSAGES);
    for number in 0..MESSAGES {
        match number {
            30 => kill_process(broker, Signal::STOP)?,
            60 => kill_process(broker, Signal::CONT)?,
            90 => kill_process(broker, Signal::KILL)?,
            _ => {}
        }
        let answer = ada.send(ada_id, &number.to_string()).await?;
        sent.push(answer.header("registre-position").context("a position")?.to_owned());
    }
    for told in patient(try_join_all(followers)).await?? {
        assert_eq!(told?, sent);
    }
    Ok(())
}
