//! What has to be done from time to time.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{task::spawn_blocking, time::sleep};
use tokio_util::sync::CancellationToken;

use super::{
    log::Log,
    storage::{Inspection, WitnessSync},
    writer::{Change, Expected, Request},
};

/// So much of what the witness says may be lost with the power.
const WITNESS_PERIOD: Duration = Duration::from_secs(1);
/// An expired payload may stand so much longer, and longer where many expire at once.
const PURGE_PERIOD: Duration = Duration::from_secs(5);

/// Have the disk keep what the witness says.
pub(super) async fn keep_witness(witness: WitnessSync, stopping: CancellationToken) {
    while pause(WITNESS_PERIOD, &stopping).await {
        let witness = witness.clone();
        let kept = spawn_blocking(move || witness.sync()).await;
        if let Ok(Err(error)) = kept {
            tracing::error!(%error, "how far the log has got cannot be kept");
        }
    }
}

/// Look at every fact that was there at the start. Damage ends the log, before somebody builds on
/// what is left.
pub(super) async fn inspect(log: Arc<Log>) {
    let begun = Instant::now();
    let mut inspection = Inspection::up_to(log.tail.head());
    while !inspection.is_done() {
        let step_begun = Instant::now();
        match log.readers.read(move |snapshot| inspection.step(snapshot)).await {
            Ok(further) => inspection = further,
            Err(error) if error.is_damage() => {
                tracing::error!(%error, "the log is damaged and is not served any more");
                log.damage.send_replace(Some(error.to_string()));
                log.stopping.cancel();
                return;
            }
            Err(error) => {
                tracing::warn!(%error, "the log could not be looked at as a whole");
                return;
            }
        }
        // Who waits for the disk goes first.
        if !pause(step_begun.elapsed(), &log.stopping).await {
            return;
        }
    }
    tracing::debug!(elapsed = ?begun.elapsed(), "every fact of the log is as it was written");
}

/// Take expired payloads off the disk.
pub(super) async fn purge_expired(log: Arc<Log>) {
    while pause(PURGE_PERIOD, &log.stopping).await {
        let request = Request {
            stream: String::new(),
            expected: Expected::Any,
            change: Change::PurgeExpired,
            deadline: Instant::now() + PURGE_PERIOD,
            size: 0,
            reply: Box::new(|_| {}),
        };
        log.queue.submit(request).await;
    }
}

/// Wait for `period`; says whether to go on.
async fn pause(period: Duration, stopping: &CancellationToken) -> bool {
    tokio::select! {
        () = sleep(period) => true,
        () = stopping.cancelled() => false,
    }
}
