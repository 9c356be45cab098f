//! Log and Postgres failing requests: said once when it begins and once when it is over, however many
//! requests fail in between.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    http::HeaderMap,
    response::{IntoResponseParts, Response, ResponseParts},
};
use commands::LogFailure;
use projections::{Chain, DatabaseError};
use tokio::time::Instant;
use tracing::{error, info};

/// Part of the service that may fail a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Log,
    Postgres,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Postgres => "postgres",
        }
    }
}

/// Why a request failed that was as it should be. Travels with the answer, and not to the client.
#[derive(Clone, Debug)]
pub(crate) struct Trouble {
    part: Part,
    cause: String,
}

impl Trouble {
    pub(crate) fn of_log(failure: &LogFailure) -> Self {
        Self { part: Part::Log, cause: Chain(failure).to_string() }
    }

    pub(crate) fn of_postgres(error: &DatabaseError) -> Self {
        Self { part: Part::Postgres, cause: Chain(error).to_string() }
    }
}

impl IntoResponseParts for Trouble {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        parts.extensions_mut().insert(self);
        Ok(parts)
    }
}

/// After this long without a failure, an outage is over: some requests may be answered within it.
const CALM: Duration = Duration::from_secs(5);

/// What is failing at the moment.
#[derive(Debug, Default)]
pub(crate) struct Outages {
    log: Outage,
    postgres: Outage,
}

#[derive(Debug, Default)]
struct Outage {
    /// Whether there is a count: most answers need not look any further.
    on: AtomicBool,
    count: Mutex<Option<Count>>,
}

#[derive(Debug)]
struct Count {
    failed: u64,
    last: Instant,
}

impl Outages {
    /// Takes `response` into account: what failed it, or what it shows to be well.
    pub(crate) fn note(&self, response: &Response) {
        if let Some(trouble) = response.extensions().get::<Trouble>() {
            metrics::counter!("registre_failed_requests_total", "part" => trouble.part.name())
                .increment(1);
            self.of(trouble.part).failed(trouble);
        } else if let Some(part) = shown_well(response.headers()) {
            self.of(part).answered(part);
        }
    }

    fn of(&self, part: Part) -> &Outage {
        match part {
            Part::Log => &self.log,
            Part::Postgres => &self.postgres,
        }
    }
}

/// Whose answer this is.
fn shown_well(headers: &HeaderMap) -> Option<Part> {
    if headers.contains_key("registre-position") {
        Some(Part::Log)
    } else {
        headers.contains_key("registre-read-position").then_some(Part::Postgres)
    }
}

impl Outage {
    fn failed(&self, trouble: &Trouble) {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        let last = Instant::now();
        if let Some(count) = count.as_mut() {
            count.failed += 1;
            count.last = last;
            return;
        }
        *count = Some(Count { failed: 1, last });
        self.on.store(true, Ordering::Relaxed);
        let (part, cause) = (trouble.part.name(), trouble.cause.as_str());
        error!(part, cause, "requests fail from here on");
    }

    fn answered(&self, part: Part) {
        if !self.on.load(Ordering::Relaxed) {
            return;
        }
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(over) = count.take_if(|count| count.last.elapsed() > CALM) else { return };
        self.on.store(false, Ordering::Relaxed);
        info!(part = part.name(), failed = over.failed, "requests are answered again");
    }
}
