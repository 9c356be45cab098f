//! What readiness is concluded from.
//!
//! **Invariant:** what is not known is not good: it is told as `unknown` or null, and degrades.
//! Completeness alone may be unknown to a service that is ready: it takes a first comparison, and is
//! for others to say where nobody projects.

use projections::{LeftOut, ProjectorState};
use serde_json::{Value, json};

use super::probe::Readings;

/// What is known of the parts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) readings: Readings,
    /// How the projector of this process fares, if it has one.
    pub(super) own: Option<ProjectorState>,
    /// Whether the read models were made from every fact.
    pub(super) complete: Option<bool>,
    pub(super) stopping: bool,
}

/// How the service is, all in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// Everything works.
    Ready,
    /// Commands are accepted; something else does not work, or is not known to.
    Degraded,
    /// Nothing can be accepted.
    Unavailable,
    /// It is about to stop.
    Stopping,
}

impl Status {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Degraded => "degraded",
            Self::Unavailable => "unavailable",
            Self::Stopping => "stopping",
        }
    }
}

impl Known {
    /// All that can be said, and what follows from it.
    pub(super) fn told(&self) -> (Status, Value) {
        let Readings { log, postgres, nats, left_out, .. } = self.readings;
        let (projector, projects) = self.projector();
        let whole = self.complete != Some(false) && left_out == Some(LeftOut::default());
        let status = if self.stopping {
            Status::Stopping
        } else if !log {
            Status::Unavailable
        } else if postgres && nats && projects && whole {
            Status::Ready
        } else {
            Status::Degraded
        };
        let word = |up: bool| if up { "up" } else { "down" };
        let told = json!({
            "status": status.word(),
            "log": word(log),
            "postgres": word(postgres),
            "nats": word(nats),
            "projector": projector,
            "completeness": completeness(self.complete),
            "left_out": left_out.map(|left_out| left_out.facts),
            "quarantined": left_out.map(|left_out| left_out.streams),
        });
        (status, told)
    }

    /// How the projections fare, in a word: our own, or as far as can be seen those of another
    /// process.
    fn projector(&self) -> (&'static str, bool) {
        match (self.own, self.readings.behind) {
            (Some(ProjectorState::Failing), _) => ("down", false),
            (_, None) => ("unknown", false),
            (_, Some(behind)) if behind.is_stalled() => ("behind", false),
            (Some(ProjectorState::Active), Some(_)) => ("up", true),
            (Some(ProjectorState::Standby), Some(_)) => ("standby", true),
            (None, Some(_)) => ("elsewhere", true),
        }
    }
}

/// Whether the read models were made from every fact, in a word.
pub(super) fn completeness(complete: Option<bool>) -> &'static str {
    match complete {
        Some(true) => "complete",
        Some(false) => "broken",
        None => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use projections::{LeftOut, ProjectorState};
    use serde_json::{Value, json};

    use super::{Known, Status};
    use crate::health::{Behind, probe::Readings};

    /// Everything is known and good, in a process that projects.
    fn good() -> Known {
        let readings = Readings {
            log: true,
            postgres: true,
            nats: true,
            behind: Some(Behind::default()),
            left_out: Some(LeftOut::default()),
        };
        let own = Some(ProjectorState::Active);
        Known { readings, own, complete: Some(true), stopping: false }
    }

    fn with(change: impl FnOnce(&mut Known)) -> (Status, Value) {
        let mut known = good();
        change(&mut known);
        known.told()
    }

    #[test]
    fn what_is_known_and_good_is_ready_wherever_it_is_projected() {
        let own = [Some(ProjectorState::Active), Some(ProjectorState::Standby), None];
        for (own, word) in own.into_iter().zip(["up", "standby", "elsewhere"]) {
            let (status, told) = with(|known| known.own = own);
            assert_eq!((status, &told["projector"]), (Status::Ready, &json!(word)));
            assert_eq!((&told["left_out"], &told["quarantined"]), (&json!(0), &json!(0)));
        }
    }

    #[test]
    fn a_lag_that_is_not_known_is_not_taken_for_none() {
        for own in [Some(ProjectorState::Active), Some(ProjectorState::Standby), None] {
            let (status, told) = with(|known| {
                known.own = own;
                known.readings.behind = None;
            });
            assert_eq!((status, &told["projector"]), (Status::Degraded, &json!("unknown")));
        }
        let (status, told) = with(|known| {
            known.own = Some(ProjectorState::Failing);
            known.readings.behind = None;
        });
        assert_eq!((status, &told["projector"]), (Status::Degraded, &json!("down")));
    }

    #[test]
    fn a_lag_that_lasts_degrades() {
        let behind = Behind { facts: 1, since: TimeDelta::minutes(1) };
        let (status, told) = with(|known| known.readings.behind = Some(behind));
        assert_eq!((status, &told["projector"]), (Status::Degraded, &json!("behind")));
    }

    #[test]
    fn facts_left_out_that_were_not_counted_are_not_taken_for_none() {
        let (status, told) = with(|known| known.readings.left_out = None);
        assert_eq!(status, Status::Degraded);
        for name in ["left_out", "quarantined"] {
            assert_eq!(told.get(name), Some(&Value::Null), "{told}");
        }
    }

    #[test]
    fn facts_left_out_and_facts_that_are_missing_degrade() {
        let left_out = Some(LeftOut { facts: 3, streams: 1 });
        let (status, told) = with(|known| known.readings.left_out = left_out);
        assert_eq!((status, &told["left_out"]), (Status::Degraded, &json!(3)));
        assert_eq!(with(|known| known.complete = Some(false)).0, Status::Degraded);
        assert_eq!(with(|known| known.complete = None).0, Status::Ready);
    }

    #[test]
    fn without_the_log_nothing_else_counts_and_a_stop_comes_before_all() {
        assert_eq!(with(|known| known.readings.log = false).0, Status::Unavailable);
        let stopped = with(|known| {
            known.readings.log = false;
            known.stopping = true;
        });
        assert_eq!(stopped.0, Status::Stopping);
    }
}
