//! The stream as server-sent events (the HTML standard, section 9.2).

use std::{collections::VecDeque, convert::Infallible};

use axum::response::{
    IntoResponse, Response,
    sse::{Event, Sse},
};
use futures::stream;

use super::{
    course::Course,
    grant::{Grant, Turn},
    line::{Kind, Line},
};
use crate::{limits::Place, sockets::Close};

struct Telling {
    /// What has been brought and not been told.
    lines: VecDeque<Line>,
    course: Course,
    grant: Grant,
    over: bool,
    /// Counted for as long as it is open.
    _place: Option<Place>,
}

/// Tells the client what `course` brings, for as long as `grant` lasts.
pub(super) fn answer(hello: Line, course: Course, grant: Grant, place: Option<Place>) -> Response {
    let lines = VecDeque::from([hello]);
    let telling = Telling { lines, course, grant, over: false, _place: place };
    let events = stream::unfold(telling, async |mut telling| {
        let line = telling.next().await?;
        Some((Ok::<_, Infallible>(event(&line)), telling))
    });
    ([("x-accel-buffering", "no")], Sse::new(events)).into_response()
}

impl Telling {
    async fn next(&mut self) -> Option<Line> {
        loop {
            if let Some(line) = self.lines.pop_front() {
                return Some(line);
            }
            if self.over {
                return None;
            }
            let stopping = self.course.stopping();
            let close = tokio::select! {
                biased;
                () = stopping.cancelled() => Close::STOPPING,
                turn = self.grant.next() => match turn {
                    Turn::Expiring(at) => {
                        self.lines.push_back(Line::of_grant(Kind::Expiring, Some(at)));
                        continue;
                    }
                    Turn::Ended(close) => close,
                },
                lines = self.course.next() => {
                    self.lines.extend(lines);
                    continue;
                }
            };
            self.over = true;
            self.lines.push_back(Line::close(close));
        }
    }
}

/// A fact has the type that every reader listens to; all others are named.
fn event(line: &Line) -> Event {
    let mut event = Event::default().data(line.text.as_str());
    if line.kind != Kind::Fact {
        event = event.event(line.kind.name());
    }
    match line.cursor {
        Some(cursor) => event.id(cursor.to_string()),
        None => event,
    }
}
