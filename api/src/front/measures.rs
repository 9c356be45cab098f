//! What is counted of answers.
//!
//! To find a measure by its name and labels costs more than to count, so what was found is kept:
//! no more of them than routes, methods and statuses.

use std::{
    collections::HashMap,
    fmt,
    sync::{PoisonError, RwLock},
    time::Duration,
};

use axum::http::StatusCode;
use metrics::{Counter, Histogram};

/// Counts answers.
#[derive(Default)]
pub(super) struct Measures(RwLock<HashMap<String, HashMap<Kind, Counted>>>);

impl fmt::Debug for Measures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Measures")
    }
}

/// Answers of one route that are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    pub(super) method: &'static str,
    pub(super) status: StatusCode,
    /// What became of the command, if it was one.
    pub(super) outcome: Option<&'static str>,
}

struct Counted {
    requests: Counter,
    seconds: Histogram,
    commands: Option<Counter>,
}

impl Measures {
    /// Counts an answer that took so long.
    pub(super) fn count(&self, route: &str, kind: Kind, took: Duration) {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(counted) = known.get(route).and_then(|kinds| kinds.get(&kind)) {
            counted.add(took);
            return;
        }
        drop(known);
        let counted = Counted::of(route, kind);
        counted.add(took);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(route.to_owned()).or_default().insert(kind, counted);
    }
}

impl Counted {
    fn of(route: &str, Kind { method, status, outcome }: Kind) -> Self {
        let route = ("route", route.to_owned());
        let method = ("method", method.to_owned());
        let status = ("status", status.as_str().to_owned());
        let commands = outcome.map(|outcome| {
            let labels = [route.clone(), ("outcome", outcome.to_owned())];
            metrics::counter!("registre_commands_total", &labels)
        });
        let labels = [method.clone(), route.clone()];
        let seconds = metrics::histogram!("registre_request_seconds", &labels);
        let labels = [method, route, status];
        let requests = metrics::counter!("registre_requests_total", &labels);
        Self { requests, seconds, commands }
    }

    fn add(&self, took: Duration) {
        self.requests.increment(1);
        self.seconds.record(took);
        if let Some(commands) = &self.commands {
            commands.increment(1);
        }
    }
}
