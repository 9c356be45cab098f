//! What is looked at when somebody asks.
//!
//! **Invariant:** what cannot be told is not a number: the last value would be taken for today's, and
//! 0 would say that all is well.

use commands::Commands;
use metrics::{Unit, describe_gauge, gauge};
use schema::caps::PROBE_WAIT;
use tokio::{sync::watch, time::timeout};

use crate::{Health, Hub, health::Behind};

/// Where the gauges are read.
#[derive(Clone, Debug)]
pub struct Gauges {
    /// The parts of the service.
    pub health: Health,
    /// Passwords that wait, where this process hashes any.
    pub commands: Option<Commands>,
    /// Open sockets.
    pub hub: Hub,
    /// Up to where the relay has published, where this process has one.
    pub relayed: Option<watch::Receiver<Option<u64>>>,
}

pub(super) fn describe() {
    for (name, text) in [
        ("registre_up", "Whether a part answers"),
        (
            "registre_projection_behind_facts",
            "Facts that read models do not show yet, up to a page; NaN: not known",
        ),
        ("registre_projection_complete", "1 complete, 0 not yet known, -1 a fact is missing"),
        ("registre_facts_left_out", "Facts that could not be applied; NaN: not known"),
        (
            "registre_streams_quarantined",
            "Streams whose facts wait behind one of those; NaN: not known",
        ),
        ("registre_sockets", "Open sockets"),
        ("registre_socket_queue_frames", "Frames kept for sockets that have yet to take them"),
        ("registre_socket_queue_bytes", "Their bytes"),
        ("registre_relay_active", "1 while it is the turn of this process's relay"),
        (
            "registre_relay_behind_facts",
            "Facts that were not published yet, up to a page; NaN: not known, or another's to tell",
        ),
        ("registre_password_hashes_running", "Passwords that are being hashed"),
        ("registre_password_hashes_waiting", "Passwords that wait to be hashed"),
    ] {
        describe_gauge!(name, text);
    }
    for name in ["registre_projection_behind_seconds", "registre_relay_behind_seconds"] {
        describe_gauge!(name, Unit::Seconds, "For how long the oldest of them has been waiting");
    }
}

impl Gauges {
    pub(super) async fn read(&self) {
        let readings = Box::pin(self.health.readings()).await;
        let parts =
            [("log", readings.log), ("postgres", readings.postgres), ("nats", readings.nats)];
        for (part, up) in parts {
            gauge!("registre_up", "part" => part).set(if up { 1.0 } else { 0.0 });
        }
        let (facts, seconds) = lag(readings.behind);
        gauge!("registre_projection_behind_facts").set(facts);
        gauge!("registre_projection_behind_seconds").set(seconds);
        let complete = self.health.complete().map_or(0.0, |whole| if whole { 1.0 } else { -1.0 });
        gauge!("registre_projection_complete").set(complete);
        let count = |count: i64| float(usize::try_from(count).unwrap_or(0));
        let left_out = readings.left_out;
        let (facts, streams) = (left_out.map(|out| out.facts), left_out.map(|out| out.streams));
        gauge!("registre_facts_left_out").set(facts.map_or(f64::NAN, count));
        gauge!("registre_streams_quarantined").set(streams.map_or(f64::NAN, count));
        gauge!("registre_sockets").set(float(self.hub.sockets()));
        let (frames, bytes) = self.hub.queued();
        gauge!("registre_socket_queue_frames").set(float(frames));
        gauge!("registre_socket_queue_bytes").set(float(bytes));
        if let Some(relayed) = &self.relayed {
            let place = *relayed.borrow();
            self.read_relay(place).await;
        }
        if let Some(commands) = &self.commands {
            let pool = commands.hash_pool();
            gauge!("registre_password_hashes_running").set(float(pool.running));
            gauge!("registre_password_hashes_waiting").set(float(pool.waiting));
        }
    }

    async fn read_relay(&self, place: Option<u64>) {
        gauge!("registre_relay_active").set(if place.is_some() { 1.0 } else { 0.0 });
        let behind = match place {
            Some(place) => timeout(PROBE_WAIT, self.hub.unheard(place)).await.ok(),
            // Another one is at work, or none; whoever is tells how it fares.
            None => None,
        };
        let (facts, seconds) = lag(behind.and_then(Result::ok));
        gauge!("registre_relay_behind_facts").set(facts);
        gauge!("registre_relay_behind_seconds").set(seconds);
    }
}

/// How many facts, and for how many seconds.
fn lag(behind: Option<Behind>) -> (f64, f64) {
    let known = |behind: Behind| (float(behind.facts), behind.since.as_seconds_f64());
    behind.map_or((f64::NAN, f64::NAN), known)
}

#[expect(clippy::cast_precision_loss, reason = "a count beyond 2^52 does not occur")]
fn float(count: usize) -> f64 {
    count as f64
}
