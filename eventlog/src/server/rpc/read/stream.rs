//! Reading so many facts of one stream.

use std::{mem, sync::Arc};

use tonic::Status;

use super::{
    super::status,
    PAGE,
    form::Form,
    output::{Answers, End, Output},
    question::{Direction, From},
    view::{Readable, View, view},
};
use crate::server::{
    clock,
    log::Log,
    storage::{Snapshot, StorageError},
    wire::{Answer, NoticeContent, StreamNotFound},
};

/// What is asked.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) stream: String,
    pub(super) from: From,
    pub(super) count: u64,
    pub(super) direction: Direction,
    pub(super) told: bool,
    pub(super) form: Form,
}

/// Answer it.
pub(super) async fn read(log: Arc<Log>, wanted: Wanted) -> Result<Answers, Status> {
    let begun = log.readers.read(move |file| Begun::new(file, wanted)).await;
    match begun.map_err(|error| status::storage(&error))? {
        Begun::Deleted(stream) => Err(status::stream_deleted(&stream)),
        Begun::Missing(stream) => {
            let stream_identifier = Some(stream.as_str().into());
            let missing = NoticeContent::StreamNotFound(StreamNotFound { stream_identifier });
            Ok(Answers::whole(vec![missing.into()]))
        }
        Begun::Read(page, reading) if reading.next.is_none() && !reading.form.has_links(&page) => {
            Ok(Answers::whole(page))
        }
        Begun::Read(page, reading) => {
            let on = Arc::clone(&log);
            Ok(Answers::paged(&on, Vec::new(), |output| read_on(log, page, reading, output)))
        }
    }
}

/// What the first look at the file says.
enum Begun {
    Deleted(String),
    Missing(String),
    /// The first page, and how to go on.
    Read(Vec<Answer>, Reading),
}

impl Begun {
    fn new(file: &Snapshot<'_>, wanted: Wanted) -> Result<Self, StorageError> {
        let readable = match view(file, &wanted.stream, clock::ticks())? {
            View::Deleted => return Ok(Self::Deleted(wanted.stream)),
            View::Missing => return Ok(Self::Missing(wanted.stream)),
            View::Readable(readable) => readable,
        };
        let mut reading = Reading::new(readable, wanted);
        let page = reading.page(file)?;
        Ok(Self::Read(page, reading))
    }
}

async fn read_on(
    log: Arc<Log>,
    mut page: Vec<Answer>,
    mut reading: Reading,
    output: Output,
) -> Result<(), End> {
    loop {
        reading.form.deliver(&log, &output, page).await?;
        if reading.next.is_none() {
            return Ok(());
        }
        output.room(&log).await?;
        let read = log.readers.read(move |file| {
            let page = reading.page(file)?;
            Ok((page, reading))
        });
        (page, reading) = read.await.map_err(|error| status::storage(&error))?;
    }
}

/// A read under way. What is readable is settled when it begins.
#[derive(Clone, Debug)]
struct Reading {
    name: String,
    readable: Readable,
    direction: Direction,
    form: Form,
    told: bool,
    /// Where it was to begin, to tell a caller who begins beyond the end.
    asked: From,
    /// The revision to go on from.
    next: Option<u64>,
    /// How many facts are still wanted.
    wanted: u64,
    any: bool,
}

impl Reading {
    fn new(readable: Readable, wanted: Wanted) -> Self {
        let Readable { first, last, .. } = readable;
        let next = match (wanted.direction, wanted.from) {
            (Direction::Forwards, From::End) => None,
            (Direction::Forwards, From::Start) => Some(first),
            (Direction::Forwards, From::At(revision)) => Some(revision.max(first)),
            (Direction::Backwards, From::End) => Some(last),
            (Direction::Backwards, From::Start) => Some(0),
            (Direction::Backwards, From::At(revision)) => Some(revision.min(last)),
        };
        let next = next.filter(|revision| (first..=last).contains(revision));
        let Wanted { direction, told, form, count, from, stream: name } = wanted;
        Self { name, readable, direction, form, told, asked: from, next, wanted: count, any: false }
    }

    /// The next page, with what is said after the last one.
    fn page(&mut self, file: &Snapshot<'_>) -> Result<Vec<Answer>, StorageError> {
        let mut page = Vec::new();
        if let Some(from) = self.next.take() {
            let Readable { stream, first, last, .. } = self.readable;
            let name = self.name.as_str();
            let limit = usize::try_from(self.wanted).unwrap_or(PAGE).min(PAGE);
            let (facts, end) = match self.direction {
                Direction::Forwards => {
                    (file.stream_forwards(name, stream, from, last, limit)?, last)
                }
                Direction::Backwards => {
                    (file.stream_backwards(name, stream, from, first, limit)?, first)
                }
            };
            let reached = facts.last().map_or(end, |fact| fact.revision);
            let shown = facts.into_iter().filter(|fact| self.readable.shows(fact));
            page = shown.map(|fact| self.form.plain(fact)).collect();
            self.wanted -= page.len() as u64;
            self.any |= !page.is_empty();
            if reached != end && self.wanted > 0 {
                self.next = match self.direction {
                    Direction::Forwards => reached.checked_add(1),
                    Direction::Backwards => reached.checked_sub(1),
                };
            }
        }
        if self.next.is_none() && mem::take(&mut self.told) {
            self.tell(&mut page);
        }
        Ok(page)
    }

    /// Say where the stream ends, and where it goes on for who has begun elsewhere.
    fn tell(&self, page: &mut Vec<Answer>) {
        let end = self.readable.last + 1;
        let asked = match self.asked {
            From::Start => Some(0),
            From::At(revision) => Some(revision),
            From::End => None,
        };
        if self.direction == Direction::Forwards
            && !self.any
            && asked.is_some_and(|asked| asked != end)
        {
            page.push(NoticeContent::FirstStreamPosition(end).into());
        }
        page.push(NoticeContent::LastStreamPosition(self.readable.last).into());
    }
}
