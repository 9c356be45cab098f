//! What has to be done from time to time.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{sync::watch, task::spawn_blocking, time::sleep};
use tokio_util::sync::CancellationToken;

use super::{
    log::Log,
    storage::{Inspection, StorageError, WitnessSync},
    writer::{Change, Expected, Request},
};

/// So much of what the witness says may be lost with the power.
const WITNESS_PERIOD: Duration = Duration::from_secs(1);
/// An expired payload may stand so much longer, and longer where many expire at once.
const PURGE_PERIOD: Duration = Duration::from_secs(5);
/// A purged payload stands at most so much longer in the write-ahead log than a reader holds a view
/// that needs it there.
const SCRUB_PERIOD: Duration = Duration::from_millis(100);

/// Have the disk keep what the witness says. A sync that fails stops the writer, like any other.
pub(super) async fn keep_witness(log: Arc<Log>, witness: WitnessSync) {
    while pause(WITNESS_PERIOD, &log.stopping).await {
        let witness = witness.clone();
        if let Ok(Err(error)) = spawn_blocking(move || witness.sync()).await {
            log.alarm.raise(&StorageError::Witness(error));
            return;
        }
    }
}

/// Serve nothing any more of a log that is damaged, before somebody builds on what is left.
pub(super) async fn end_if_damaged(log: Arc<Log>) {
    tokio::select! {
        () = log.alarm.damaged() => log.stopping.cancel(),
        () = log.stopping.cancelled() => {}
    }
}

/// Look at every fact that was there at the start, and at every stream. What is damaged raises the
/// alarm.
pub(super) async fn inspect(log: Arc<Log>) {
    let begun = Instant::now();
    let mut inspection = Inspection::up_to(log.tail.head());
    while !inspection.is_done() {
        let step_begun = Instant::now();
        match log.readers.read(move |snapshot| inspection.step(snapshot)).await {
            Ok(further) => inspection = further,
            Err(error) if error.is_damage() => return,
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
    let elapsed = begun.elapsed();
    tracing::debug!(?elapsed, "every fact of the log is as it was written");
    log.inspected.send_replace(Some(elapsed));
}

/// Take expired payloads off the disk.
pub(super) async fn purge_expired(log: Arc<Log>) {
    while pause(PURGE_PERIOD, &log.stopping).await {
        ask(&log, Change::PurgeExpired).await;
    }
}

/// As long as purged payloads may stand in the write-ahead log because somebody reads there, have
/// the writer try again to tidy up.
pub(super) async fn scrub(log: Arc<Log>, mut unscrubbed: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            pending = unscrubbed.wait_for(|unscrubbed| *unscrubbed) => {
                if pending.is_err() {
                    return;
                }
            }
            () = log.stopping.cancelled() => {}
        }
        if !pause(SCRUB_PERIOD, &log.stopping).await {
            return;
        }
        ask(&log, Change::Scrub).await;
    }
}

/// Ask the writer for what nobody waits for.
async fn ask(log: &Log, change: Change) {
    let request = Request {
        stream: String::new(),
        expected: Expected::Any,
        change,
        deadline: Instant::now() + PURGE_PERIOD,
        size: 0,
        reply: Box::new(|_| {}),
    };
    log.queue.submit(request).await;
}

/// Wait for `period`; says whether to go on.
async fn pause(period: Duration, stopping: &CancellationToken) -> bool {
    tokio::select! {
        () = sleep(period) => true,
        () = stopping.cancelled() => false,
    }
}
