//! How long something took, over and over.

use std::{fmt, time::Duration};

/// Latencies and how many fitted into a second.
pub(crate) struct Latencies {
    pub(crate) per_second: f64,
    sorted: Vec<Duration>,
}

impl Latencies {
    pub(crate) fn new(mut latencies: Vec<Duration>, within: Duration) -> Self {
        latencies.sort_unstable();
        let count = u32::try_from(latencies.len()).unwrap_or(u32::MAX);
        Self { per_second: f64::from(count) / within.as_secs_f64(), sorted: latencies }
    }

    fn percentile(&self, percent: usize) -> Duration {
        let place = self.sorted.len() * percent / 100;
        self.sorted.get(place).copied().unwrap_or_default()
    }
}

impl fmt::Display for Latencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [half, most] = [50, 99].map(|percent| self.percentile(percent));
        write!(f, "{:>9.0}/s  p50 {half:.1?}  p99 {most:.1?}", self.per_second)
    }
}
