//! What can be measured from outside, for Prometheus.
//!
//! **Invariant:** no label holds what a client sent: routes are named as they were declared, so that
//! there are as many series as routes.

mod gauges;

use axum::{
    Router, extract::State, http::header::CONTENT_TYPE, response::IntoResponse, routing::get,
};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use schema::caps::METRICS_SUMMED_EVERY;

pub use self::gauges::Gauges;

/// Upper bounds of durations, in seconds: from a read that is in memory to what nobody waits for.
const SECONDS: &[f64] =
    &[0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

/// The measures of this process. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Collects from now on. To be called once in a process.
    ///
    /// # Errors
    ///
    /// [`BuildError`], when it was called before.
    pub fn install() -> Result<Self, BuildError> {
        let builder = PrometheusBuilder::new();
        let builder =
            builder.set_buckets_for_metric(Matcher::Suffix("_seconds".into()), SECONDS)?;
        let handle = builder.install_recorder()?;
        describe();
        Ok(Self(handle))
    }

    /// Sums up what was collected, for as long as it runs: until somebody does, each single duration
    /// is kept.
    pub async fn keep_up(self) {
        loop {
            tokio::time::sleep(METRICS_SUMMED_EVERY).await;
            self.0.run_upkeep();
        }
    }

    /// The one route of the listener for Prometheus.
    pub fn router(self, gauges: Gauges) -> Router {
        Router::new().route("/metrics", get(told)).with_state((self, gauges))
    }
}

async fn told(State((metrics, gauges)): State<(Metrics, Gauges)>) -> impl IntoResponse {
    gauges.read().await;
    metrics.0.run_upkeep();
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics.0.render())
}

fn describe() {
    use metrics::{Unit, describe_counter as counter, describe_histogram as histogram};
    counter!("registre_requests_total", "HTTP requests, by route, method and status");
    histogram!("registre_request_seconds", Unit::Seconds, "How long they took");
    counter!("registre_commands_total", "Commands, by route and outcome");
    counter!("registre_failed_requests_total", "Requests that log or Postgres failed");
    histogram!("registre_append_seconds", Unit::Seconds, "How long appends to the log took");
    let heard = "How long after its append a fact about a session or an account was known here";
    histogram!("registre_session_heard_seconds", Unit::Seconds, heard);
    gauges::describe();
}
