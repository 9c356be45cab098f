//! Followers that read slowly, beside others that do not.

use anyhow::Result;
use serde_json::Value;
use tests::{Events, Service, Socket};

/// So many messages are more than the kernel holds for somebody who does not read.
const MESSAGES: usize = 600;

fn position(fact: &Value) -> Option<String> {
    fact["cursor"].as_str().map(str::to_owned)
}

async fn told(events: &mut Events) -> Result<Option<String>> {
    loop {
        let event = events.next().await?;
        if event.name == "message" {
            return Ok(position(&event.data));
        }
    }
}

#[tokio::test]
async fn a_follower_that_reads_slowly_misses_nothing_and_others_do_not_notice() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let (mut slow, mut healthy): (Socket, Socket) = (ada.follow("").await?, ada.follow("").await?);
    let mut events = ada.events("").await?;
    let text = "\u{20ac}".repeat(4_000);
    let (mut sent, mut read, mut heard) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..MESSAGES {
        let answer = ada.send(ada_id, &text).await?;
        sent.push(answer.header("registre-position").map(str::to_owned));
        assert_eq!(position(&healthy.fact().await?), sent[number]);
        // A word now and then, so that they are slow and not stuck.
        if number % 20 == 0 {
            read.push(position(&slow.fact().await?));
            heard.push(told(&mut events).await?);
        }
    }
    while read.len() < sent.len() {
        read.push(position(&slow.fact().await?));
        heard.push(told(&mut events).await?);
    }
    assert_eq!(read, sent);
    assert_eq!(heard, sent);
    Ok(())
}
