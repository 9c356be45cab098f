//! The whole log, read and followed.

use std::time::Instant;

use anyhow::Context;
use eventlog::{Direction, EventLog, Filter, Position, Signal};
use futures::StreamExt;

/// Facts per question, as a projection that rebuilds itself would ask.
const PAGE: usize = 10_000;

/// Facts per second by reading page after page.
pub(crate) async fn read_all(log: &EventLog) -> anyhow::Result<f64> {
    let begun = Instant::now();
    let mut count = 0;
    let mut from: Option<Position> = None;
    loop {
        let page = log.read_all(Filter::None, from, Direction::Forwards, PAGE).await?;
        let new = page.len() - usize::from(from.is_some());
        count += u32::try_from(new)?;
        if page.len() < PAGE {
            return Ok(f64::from(count) / begun.elapsed().as_secs_f64());
        }
        from = page.last().map(|fact| fact.position);
    }
}

/// Facts per second by a subscription from the start until it has caught up.
pub(crate) async fn catch_up(log: &EventLog) -> anyhow::Result<f64> {
    let mut signals = log.subscribe_all(Filter::None, None);
    let begun = Instant::now();
    let mut count = 0_u32;
    loop {
        match signals.next().await.context("the subscription ended")? {
            Signal::Fact(_) => count += 1,
            Signal::Checkpoint(_) => {}
            Signal::CaughtUp => return Ok(f64::from(count) / begun.elapsed().as_secs_f64()),
            Signal::Lost(reason) => anyhow::bail!("the log was lost: {reason}"),
        }
    }
}
