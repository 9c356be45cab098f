//! Asking the writer, and waiting for its answer.

use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tonic::metadata::MetadataMap;

use crate::server::{
    log::Log,
    writer::{Change, Expected, Refusal, Request, Written},
};

/// No append waits longer for its turn.
pub(super) const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// Have `change` made and wait until it is durable.
pub(super) async fn submit(
    log: &Log,
    stream: String,
    expected: Expected,
    change: Change,
    size: usize,
    timeout: Duration,
) -> Result<Written, Refusal> {
    let (answer, answered) = oneshot::channel();
    let reply = Box::new(move |outcome| {
        let _caller_gone = answer.send(outcome);
    });
    let deadline = Instant::now() + timeout;
    log.queue.submit(Request { stream, expected, change, deadline, size, reply }).await;
    answered.await.unwrap_or(Err(Refusal::Stopped))
}

/// How long the caller waits, by the `grpc-timeout` of its request.
pub(super) fn timeout(headers: &MetadataMap) -> Duration {
    let asked = headers.get("grpc-timeout").and_then(|value| value.to_str().ok()).and_then(parse);
    asked.map_or(WRITE_TIMEOUT, |asked| asked.min(WRITE_TIMEOUT))
}

fn parse(text: &str) -> Option<Duration> {
    let (amount, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let amount: u64 = amount.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(amount.saturating_mul(3600)),
        "M" => Duration::from_secs(amount.saturating_mul(60)),
        "S" => Duration::from_secs(amount),
        "m" => Duration::from_millis(amount),
        "u" => Duration::from_micros(amount),
        "n" => Duration::from_nanos(amount),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_callers_patience_is_read_in_every_unit() {
        assert_eq!(parse("2S"), Some(Duration::from_secs(2)));
        assert_eq!(parse("250m"), Some(Duration::from_millis(250)));
        assert_eq!(parse("S"), None);
        assert_eq!(parse(""), None);
    }
}
