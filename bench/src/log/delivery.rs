//! From the beginning of an append until a follower has its fact.

use std::time::Instant;

use anyhow::Context;
use eventlog::{EventLog, Filter, Signal};
use futures::{Stream, StreamExt};

use super::written::{before, fact};
use crate::latencies::Latencies;

/// One append after the other.
pub(crate) async fn measure(log: &EventLog, count: u64) -> anyhow::Result<Latencies> {
    let filter = Filter::StreamPrefixes(vec!["delivered".to_owned()]);
    let mut signals = log.subscribe_all(filter, None);
    next(&mut signals, |signal| matches!(signal, Signal::CaughtUp)).await?;
    let begun = Instant::now();
    let mut latencies = Vec::new();
    for revision in 0..count {
        let fact = fact(1 << 126 | u128::from(revision));
        let sent = Instant::now();
        let append = async {
            let appended = log.append("delivered", before(revision), vec![fact]).await;
            appended.map(drop).map_err(anyhow::Error::from)
        };
        let delivered = async {
            next(&mut signals, |signal| matches!(signal, Signal::Fact(_))).await?;
            latencies.push(sent.elapsed());
            Ok(())
        };
        tokio::try_join!(append, delivered)?;
    }
    Ok(Latencies::new(latencies, begun.elapsed()))
}

async fn next(
    signals: &mut (impl Stream<Item = Signal> + Unpin),
    wanted: impl Fn(&Signal) -> bool,
) -> anyhow::Result<()> {
    while !wanted(&signals.next().await.context("the subscription ended")?) {}
    Ok(())
}
