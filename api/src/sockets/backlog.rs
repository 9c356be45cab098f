//! The queue that all sockets of one audience share.

use std::{collections::VecDeque, sync::Arc};

use axum::extract::ws::Utf8Bytes;
use eventlog::Position;
use schema::caps::{BACKLOG_BYTES_MAX, BACKLOG_FRAMES_MAX, SOCKET_BATCH_MAX};

/// What a socket is sent: written once, shared by all that it goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// Of the fact that it tells of.
    pub(crate) position: Position,
    pub(crate) text: Utf8Bytes,
    /// What a follower of the native stream may choose it by; none elsewhere.
    pub(crate) about: Option<Arc<About>>,
}

/// What a fact is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct About {
    /// The published name of its type.
    pub(crate) kind: &'static str,
    /// Its stream.
    pub(crate) subject: String,
}

/// The newest frames, in log order. Each socket knows how far it has read.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    frames: VecDeque<Frame>,
    bytes: usize,
    /// The last frame that was let go. Whoever has not read it has to read the log.
    gone: Option<Position>,
    /// So many frames were here already when the last round was made.
    old: usize,
}

/// What a socket that has read up to some place finds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The next frames, not all of them if there are many; never none.
    Frames(Vec<Frame>),
    /// It has read everything.
    Nothing,
    /// Something that it has not read is not here any more.
    Gone,
}

impl Backlog {
    pub(super) fn push(&mut self, frame: Frame) {
        self.bytes += frame.text.len();
        self.frames.push_back(frame);
        while self.frames.len() > BACKLOG_FRAMES_MAX || self.bytes > BACKLOG_BYTES_MAX {
            self.let_go();
        }
    }

    /// Lets go what was here a round ago: who has not read it by now is slow, and memory is for the
    /// others.
    pub(super) fn make_round(&mut self) {
        for _ in 0..self.old {
            self.let_go();
        }
        self.old = self.frames.len();
        if self.frames.is_empty() {
            self.frames.shrink_to_fit();
        }
    }

    /// How many frames are here, and their bytes.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.frames.len(), self.bytes)
    }

    pub(super) fn after(&self, read: Option<Position>) -> Found {
        if self.gone > read {
            return Found::Gone;
        }
        let next = self.frames.partition_point(|frame| Some(frame.position) <= read);
        if next == self.frames.len() {
            return Found::Nothing;
        }
        Found::Frames(self.frames.range(next..).take(SOCKET_BATCH_MAX).cloned().collect())
    }

    fn let_go(&mut self) {
        if let Some(frame) = self.frames.pop_front() {
            self.bytes -= frame.text.len();
            self.gone = Some(frame.position);
            self.old = self.old.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::extract::ws::Utf8Bytes;
    use eventlog::Position;
    use schema::caps::{BACKLOG_BYTES_MAX, BACKLOG_FRAMES_MAX, SOCKET_BATCH_MAX};

    use super::{Backlog, Found, Frame};

    fn frame(position: u64) -> Frame {
        Frame { position: Position(position), text: Utf8Bytes::from_static("{}"), about: None }
    }

    fn of(positions: impl IntoIterator<Item = u64>) -> Backlog {
        let mut backlog = Backlog::default();
        positions.into_iter().for_each(|position| backlog.push(frame(position)));
        backlog
    }

    #[test]
    fn a_socket_finds_what_it_has_not_read() {
        let backlog = of([3, 5]);
        assert_eq!(backlog.after(None), Found::Frames(vec![frame(3), frame(5)]));
        assert_eq!(backlog.after(Some(Position(3))), Found::Frames(vec![frame(5)]));
        assert_eq!(backlog.after(Some(Position(4))), Found::Frames(vec![frame(5)]));
        assert_eq!(backlog.after(Some(Position(5))), Found::Nothing);
    }

    #[test]
    fn many_frames_are_taken_in_portions() {
        let backlog = of(1..=SOCKET_BATCH_MAX as u64 + 1);
        let Found::Frames(portion) = backlog.after(None) else { panic!("they are there") };
        let last = portion.last().map(|frame| frame.position);
        assert_eq!(portion.len(), SOCKET_BATCH_MAX);
        let Found::Frames(rest) = backlog.after(last) else { panic!("one is left") };
        assert_eq!(rest.len(), 1);
    }

    #[test]
    fn who_is_too_far_behind_is_told_so_and_who_is_not_goes_on() {
        let one_too_many = BACKLOG_FRAMES_MAX as u64 + 1;
        let backlog = of(1..=one_too_many);
        assert_eq!(backlog.after(None), Found::Gone);
        assert_ne!(backlog.after(Some(Position(1))), Found::Gone);
        assert_eq!(backlog.after(Some(Position(one_too_many))), Found::Nothing);
    }

    #[test]
    fn it_is_bounded_in_bytes_as_well() {
        let mut backlog = Backlog::default();
        let text = Utf8Bytes::from("x".repeat(BACKLOG_BYTES_MAX / 2));
        (1..=3).for_each(|position| {
            backlog.push(Frame { position: Position(position), text: text.clone(), about: None });
        });
        assert!(backlog.bytes <= BACKLOG_BYTES_MAX);
        assert_eq!(backlog.after(None), Found::Gone);
    }

    #[test]
    fn what_two_rounds_have_seen_is_let_go() {
        let mut backlog = of([1, 2]);
        backlog.make_round();
        backlog.push(frame(3));
        backlog.make_round();
        assert_eq!(backlog.after(Some(Position(1))), Found::Gone);
        assert_eq!(backlog.after(Some(Position(2))), Found::Frames(vec![frame(3)]));
        backlog.make_round();
        assert_eq!((backlog.bytes, backlog.frames.capacity()), (0, 0));
    }
}
