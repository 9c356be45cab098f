//! `BatchAppend`: one call carries the appends of many, each with an answer of its own.
//!
//! **Invariant:** an append is answered once, with what became of it, whatever becomes of the
//! others; the call ends after the last answer.

mod open;
mod replies;

use std::{collections::HashMap, future::pending, pin::pin, sync::Arc, time::Instant};

use tokio::time::sleep_until;
use tonic::{Request, Response, Status, Streaming};
use uuid::Uuid;

use self::{
    open::{Open, Refused, Target},
    replies::{Replies, Replying},
};
use super::status;
use crate::server::{
    log::Log,
    wire::{self, BatchAppendReq, BatchHead},
    writer::{self, Change},
};

/// How many appends of one call may have begun without being complete.
const OPEN_MAX: usize = 1024;
/// How many bytes of memory they may take.
const OPEN_BYTES_MAX: usize = 8 << 20;

/// Answer the call.
pub(super) fn batch_append(
    log: Arc<Log>,
    request: Request<Streaming<BatchAppendReq>>,
) -> Response<Replies> {
    let (replying, replies) = replies::channel();
    let killed = log.killed.clone();
    let tasks = log.tasks.clone();
    tasks.spawn(async move {
        let mut batch = Batch { log, replying, open: HashMap::new() };
        let answered = async {
            if let Err(status) = batch.run(request.into_inner()).await {
                batch.replying.end(status).await;
            }
        };
        killed.run_until_cancelled(answered).await;
    });
    Response::new(replies)
}

struct Batch {
    log: Arc<Log>,
    replying: Replying,
    /// Appends that have begun, by their correlation ids.
    open: HashMap<Uuid, Begun>,
}

/// An append that has begun, under the id that its caller gave it.
struct Begun {
    correlation_id: wire::Uuid,
    open: Open,
}

impl Batch {
    async fn run(&mut self, mut messages: Streaming<BatchAppendReq>) -> Result<(), Status> {
        // Waited for once and not anew for each of a hundred thousand messages a second.
        let (stopping, replying) = (self.log.stopping.clone(), self.replying.clone());
        let mut stopped = pin!(stopping.cancelled());
        let mut unheard = pin!(replying.nobody_listens());
        loop {
            let unfinished = self.open.values().map(|begun| begun.open.deadline).min();
            let message = tokio::select! {
                message = messages.message() => message?,
                () = &mut stopped => return Err(status::stopping()),
                () = &mut unheard => return Ok(()),
                () = until(unfinished) => {
                    self.give_up().await;
                    continue;
                }
            };
            let Some(message) = message else { return Ok(()) };
            self.take(message).await;
        }
    }

    async fn take(&mut self, message: BatchAppendReq) {
        let BatchAppendReq { head, many: proposed_messages } = message;
        let BatchHead { correlation_id, options, is_final } = head;
        // One that is no id is not kept: it may be of any length.
        let correlation_id = correlation_id.filter(|id| id.parse().is_some()).unwrap_or_default();
        let key = correlation_id.parse().unwrap_or_default();
        let open = match options {
            Some(options) => Some(Open::new(options, &self.log.room)),
            None => self.open.remove(&key).map(|begun| begun.open),
        };
        // Without options, now or earlier, there is nothing to say which append this belongs to.
        let Some(mut open) = open else { return };
        open.extend(&proposed_messages);
        if is_final {
            self.submit(correlation_id, open).await;
        } else if self.has_room_for(&open) {
            self.open.insert(key, Begun { correlation_id, open });
        } else {
            open.refuse(Refused::Busy);
            self.submit(correlation_id, open).await;
        }
    }

    fn has_room_for(&self, open: &Open) -> bool {
        let held: usize = self.open.values().map(|begun| begun.open.weight()).sum();
        self.open.len() < OPEN_MAX && held + open.weight() <= OPEN_BYTES_MAX
    }

    /// Refuse the appends that have not become complete in time.
    async fn give_up(&mut self) {
        let now = Instant::now();
        let late: Vec<_> = self.open.extract_if(|_, begun| begun.open.deadline <= now).collect();
        for (_, Begun { correlation_id, mut open }) in late {
            open.refuse(Refused::Timeout);
            self.submit(correlation_id, open).await;
        }
    }

    async fn submit(&self, correlation_id: wire::Uuid, open: Open) {
        let Open { identifier, target, deadline } = open;
        let reply = self.replying.to(correlation_id, identifier.clone()).await;
        match target {
            Err(refusal) => reply.send(refusal.into()),
            Ok(Target { stream, expected, proposals }) => {
                let size = proposals.weight();
                let (facts, room_held) = proposals.take();
                let answer = move |outcome| {
                    reply.send(replies::result(outcome, expected, identifier));
                    drop(room_held);
                };
                let request = writer::Request {
                    stream,
                    expected,
                    change: Change::Append(facts),
                    deadline,
                    size,
                    reply: Box::new(answer),
                };
                self.log.queue.submit(request).await;
            }
        }
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline.into()).await,
        None => pending().await,
    }
}
