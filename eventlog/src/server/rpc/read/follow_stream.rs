//! Following one stream.

use std::sync::Arc;

use tonic::Status;

use super::{
    super::status,
    PAGE,
    follow_all::confirmation,
    form::Form,
    output::{Answers, End, Output},
    question::From,
    view::{View, view},
};
use crate::server::{
    clock,
    fact::{Fact, TOMBSTONE_REVISION},
    log::Log,
    storage::{Snapshot, StorageError},
    tail::Next,
    wire::{Empty, NoticeContent},
};

/// Follow `stream` from after `from`.
pub(super) async fn follow(
    log: Arc<Log>,
    stream: String,
    from: From,
    form: Form,
) -> Result<Answers, Status> {
    let name = stream.clone();
    let begun = log.readers.read(move |file| {
        let last = file.stream(&name)?.and_then(|row| row.last);
        Ok((view(file, &name, clock::ticks())?, last))
    });
    let (view, last) = begun.await.map_err(|error| status::storage(&error))?;
    if view == View::Deleted {
        return Err(status::stream_deleted(&stream));
    }
    let next = match from {
        From::Start => 0,
        From::End => last.map_or(0, |revision| revision + 1),
        From::At(revision) => revision + 1,
    };
    let follower = Follower { log: Arc::clone(&log), stream, next, position: 0, form };
    Ok(Answers::paged(&log, vec![confirmation()], |output| follower.run(output)))
}

struct Follower {
    log: Arc<Log>,
    stream: String,
    /// Facts of the stream before this revision are done with.
    next: u64,
    /// Facts of the log up to here are done with.
    position: u64,
    form: Form,
}

/// What one look at the file yields.
struct Look {
    facts: Vec<Fact>,
    next: u64,
    /// Where the log ends, if there is nothing more of the stream up to there.
    end: Option<u64>,
    deleted: bool,
}

impl Follower {
    async fn run(mut self, output: Output) -> Result<(), End> {
        let log = Arc::clone(&self.log);
        let mut head = log.tail.follow();
        self.catch_up(&output).await?;
        loop {
            match log.tail.after(self.position, PAGE) {
                Next::Facts(facts) => self.deliver(facts, &output).await?,
                Next::Older => self.catch_up(&output).await?,
                Next::Nothing => output.wait(&log, &mut head).await?,
            }
        }
    }

    /// Bring what stands in the file, up to its end.
    async fn catch_up(&mut self, output: &Output) -> Result<(), End> {
        loop {
            output.room(&self.log).await?;
            let (name, next) = (self.stream.clone(), self.next);
            let looked = self.log.readers.read(move |file| look(file, &name, next)).await;
            let Look { facts, next, end, deleted } =
                looked.map_err(|error| status::storage(&error))?;
            self.next = next;
            self.send(facts, output).await?;
            if deleted {
                return Err(status::stream_deleted(&self.stream).into());
            }
            if let Some(end) = end {
                self.position = end;
                let caught_up = vec![NoticeContent::CaughtUp(Empty {}).into()];
                return output.send(&self.log, caught_up).await;
            }
        }
    }

    /// Bring those of `facts`, which come next in the log, that are of the stream.
    async fn deliver(&mut self, facts: Vec<Fact>, output: &Output) -> Result<(), End> {
        let mut ours = Vec::new();
        let mut deleted = false;
        for fact in facts {
            self.position = fact.position;
            if fact.revision >= self.next && fact.stream() == self.stream.as_bytes() {
                deleted = fact.revision == TOMBSTONE_REVISION;
                self.next = fact.revision + 1;
                ours.push(fact);
            }
        }
        self.send(ours, output).await?;
        if deleted { Err(status::stream_deleted(&self.stream).into()) } else { Ok(()) }
    }

    async fn send(&self, facts: Vec<Fact>, output: &Output) -> Result<(), End> {
        let page = facts.into_iter().map(|fact| self.form.plain(fact)).collect();
        self.form.deliver(&self.log, output, page).await
    }
}

/// Facts of the stream `name` from the revision `next` on, as many as fit a page.
fn look(file: &Snapshot<'_>, name: &str, next: u64) -> Result<Look, StorageError> {
    let (head, _) = file.head()?;
    let nothing = Look { facts: Vec::new(), next, end: Some(head), deleted: false };
    let readable = match view(file, name, clock::ticks())? {
        View::Missing => return Ok(nothing),
        View::Deleted => return look_deleted(file, name, next),
        View::Readable(readable) => readable,
    };
    let from = next.max(readable.first);
    if from > readable.last {
        return Ok(nothing);
    }
    let mut facts = file.stream_forwards(name, readable.stream, from, readable.last, PAGE)?;
    let reached = facts.last().map_or(readable.last, |fact| fact.revision);
    facts.retain(|fact| readable.shows(fact));
    let end = (reached == readable.last).then_some(head);
    Ok(Look { facts, next: reached + 1, end, deleted: false })
}

/// The end of a stream that is gone for good, for who was too far behind to see it live.
fn look_deleted(file: &Snapshot<'_>, name: &str, next: u64) -> Result<Look, StorageError> {
    let row = file.stream(name)?.unwrap_or_default();
    let tombstone = file.fact(name, row.id, TOMBSTONE_REVISION)?;
    Ok(Look { facts: vec![tombstone], next, end: None, deleted: true })
}
