//! Two things measured by turns: what else the machine does changes from one minute to the next, and
//! so hits both alike.

use std::time::Duration;

use crate::latencies::Latencies;

const ROUNDS: u32 = 4;

/// The mean of what `calibrate` finds, and all of what `measure` does, each for about `within` in
/// all. Both are told the number of the round and how long it takes.
pub(super) async fn by_turns(
    within: Duration,
    mut calibrate: impl AsyncFnMut(u32, Duration) -> anyhow::Result<f64>,
    mut measure: impl AsyncFnMut(u32, Duration) -> anyhow::Result<Latencies>,
) -> anyhow::Result<(f64, Latencies)> {
    let (mut calibrated, mut measured) = (0.0, Latencies::default());
    for round in 0..ROUNDS {
        calibrated += calibrate(round, within / ROUNDS).await?;
        measured.extend(measure(round, within / ROUNDS).await?);
    }
    Ok((calibrated / f64::from(ROUNDS), measured))
}
