//! The way of one follower through the log, from where it asked to begin.

use eventlog::Position;
use schema::{Cursor, LogId};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use tokio_util::{sync::CancellationToken, task::task_tracker::TaskTrackerToken};

use super::{
    line::{Kind, Line},
    wanted::Wanted,
};
use crate::sockets::{Frame, Limits, Seat};

/// Brings one follower what it may see and asks for, each fact once and in log order.
pub(super) struct Course {
    seat: Seat,
    wanted: Wanted,
    log: LogId,
    caught_up: bool,
    heartbeat: Interval,
}

impl Course {
    pub(super) fn new(seat: Seat, wanted: Wanted, log: LogId) -> Self {
        let period = seat.limits().heartbeat;
        let mut heartbeat = interval_at(Instant::now() + period, period);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { seat, wanted, log, caught_up: false, heartbeat }
    }

    /// The next lines, as soon as there are any; never none. May be given up while it waits, and
    /// nothing is lost. What it brings has to be passed on before it is asked again.
    pub(super) async fn next(&mut self) -> Vec<Line> {
        loop {
            if !self.caught_up
                && let Some(position) = self.seat.settled()
            {
                self.caught_up = true;
                return vec![Line::up_to(Kind::CaughtUp, self.cursor(position))];
            }
            let lines: Vec<Line> = tokio::select! {
                frames = self.seat.next_frames() => {
                    frames.into_iter().filter_map(|frame| self.line(frame)).collect()
                }
                _ = self.heartbeat.tick() => self.beat().into_iter().collect(),
            };
            if !lines.is_empty() {
                return lines;
            }
        }
    }

    /// Nothing more is told; it counts as open for as long as what is returned.
    pub(super) fn leave(self) -> TaskTrackerToken {
        self.seat.leave()
    }

    pub(super) fn stopping(&self) -> CancellationToken {
        self.seat.stopping()
    }

    pub(super) fn limits(&self) -> Limits {
        self.seat.limits()
    }

    fn line(&self, frame: Frame) -> Option<Line> {
        let takes = frame.about.is_none_or(|about| self.wanted.takes(&about));
        let cursor = Some(self.cursor(frame.position));
        takes.then_some(Line { kind: Kind::Fact, cursor, text: frame.text })
    }

    /// What was not asked for is passed over as well: whoever resumes need not pass it again.
    fn beat(&mut self) -> Option<Line> {
        let read = self.seat.settled().or(self.seat.read_up_to())?;
        Some(Line::heartbeat(self.cursor(read), self.seat.sockets()))
    }

    fn cursor(&self, position: Position) -> Cursor {
        Cursor { log: self.log, position: position.0 }
    }
}
