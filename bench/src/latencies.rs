//! How long something took, over and over.

use std::{fmt, time::Duration};

/// Latencies and how many fitted into a second.
#[derive(Default)]
pub(crate) struct Latencies {
    sorted: Vec<Duration>,
    within: Duration,
}

impl Latencies {
    pub(crate) fn new(mut latencies: Vec<Duration>, within: Duration) -> Self {
        latencies.sort_unstable();
        Self { sorted: latencies, within }
    }

    pub(crate) fn per_second(&self) -> f64 {
        let count = u32::try_from(self.sorted.len()).unwrap_or(u32::MAX);
        f64::from(count) / self.within.as_secs_f64()
    }

    /// Takes in what was measured after it.
    pub(crate) fn extend(&mut self, later: Self) {
        self.sorted.extend(later.sorted);
        self.sorted.sort_unstable();
        self.within += later.within;
    }

    /// The half took no longer.
    pub(crate) fn half(&self) -> Duration {
        self.percentile(50)
    }

    fn percentile(&self, percent: usize) -> Duration {
        let place = self.sorted.len() * percent / 100;
        self.sorted.get(place).copied().unwrap_or_default()
    }
}

impl fmt::Display for Latencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [half, most] = [50, 99].map(|percent| self.percentile(percent));
        write!(f, "{:>9.0}/s  p50 {half:.1?}  p99 {most:.1?}", self.per_second())
    }
}
