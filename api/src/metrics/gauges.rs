//! What is looked at when somebody asks.

use commands::Commands;
use metrics::{Unit, describe_gauge, gauge};

use crate::{Health, Hub};

/// Where the gauges are read.
#[derive(Clone, Debug)]
pub struct Gauges {
    /// The parts of the service.
    pub health: Health,
    /// Passwords that wait, where this process hashes any.
    pub commands: Option<Commands>,
    /// Open sockets.
    pub hub: Hub,
}

pub(super) fn describe() {
    for (name, text) in [
        ("registre_up", "Whether a part answers"),
        (
            "registre_projection_behind_facts",
            "Facts that read models do not show yet, up to a page",
        ),
        ("registre_projection_complete", "1 complete, 0 not yet known, -1 a fact is missing"),
        ("registre_facts_left_out", "Facts that could not be applied"),
        ("registre_streams_quarantined", "Streams whose facts wait behind one of those"),
        ("registre_sockets", "Open sockets"),
        ("registre_password_hashes_running", "Passwords that are being hashed"),
        ("registre_password_hashes_waiting", "Passwords that wait to be hashed"),
    ] {
        describe_gauge!(name, text);
    }
    let behind = "registre_projection_behind_seconds";
    describe_gauge!(behind, Unit::Seconds, "For how long the oldest of them has been waiting");
}

impl Gauges {
    pub(super) async fn read(&self) {
        let readings = Box::pin(self.health.readings()).await;
        let parts =
            [("log", readings.log), ("postgres", readings.postgres), ("nats", readings.nats)];
        for (part, up) in parts {
            gauge!("registre_up", "part" => part).set(if up { 1.0 } else { 0.0 });
        }
        if let Some(behind) = readings.behind {
            gauge!("registre_projection_behind_facts").set(float(behind.facts));
            let seconds = behind.since.as_seconds_f64();
            gauge!("registre_projection_behind_seconds").set(seconds);
        }
        let complete = self.health.complete().map_or(0.0, |whole| if whole { 1.0 } else { -1.0 });
        gauge!("registre_projection_complete").set(complete);
        let count = |count: i64| float(usize::try_from(count).unwrap_or(0));
        gauge!("registre_facts_left_out").set(count(readings.left_out.facts));
        gauge!("registre_streams_quarantined").set(count(readings.left_out.streams));
        gauge!("registre_sockets").set(float(self.hub.sockets()));
        if let Some(commands) = &self.commands {
            let pool = commands.hash_pool();
            gauge!("registre_password_hashes_running").set(float(pool.running));
            gauge!("registre_password_hashes_waiting").set(float(pool.waiting));
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count beyond 2^52 does not occur")]
fn float(count: usize) -> f64 {
    count as f64
}
