//! One fact per append, each caller waiting for its answer.

use std::time::{Duration, Instant};

use eventlog::EventLog;
use futures::future::join_all;

use super::written::{before, fact};
use crate::latencies::Latencies;

/// `callers` at once for about `within`, each on a stream of its own.
pub(crate) async fn measure(
    log: &EventLog,
    callers: u128,
    within: Duration,
) -> anyhow::Result<Latencies> {
    // The first append opens what the others use.
    log.append(&format!("first-{callers}"), before(0), vec![fact(callers)]).await?;
    let begun = Instant::now();
    let callers = (0..callers).map(|caller| {
        let log = log.clone();
        let stream = format!("appending-{callers}-{caller}");
        tokio::spawn(async move {
            let mut latencies = Vec::new();
            let mut revision = 0;
            while begun.elapsed() < within {
                let fact = fact(callers << 120 | caller << 64 | u128::from(revision) | 1 << 63);
                let sent = Instant::now();
                log.append(&stream, before(revision), vec![fact]).await?;
                latencies.push(sent.elapsed());
                revision += 1;
            }
            anyhow::Ok(latencies)
        })
    });
    let mut latencies = Vec::new();
    for caller in join_all(callers).await {
        latencies.extend(caller??);
    }
    Ok(Latencies::new(latencies, begun.elapsed()))
}
