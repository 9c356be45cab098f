//! `BatchAppend`: one call carries the appends of many, each with an answer of its own.
//!
//! **Invariant:** an append is answered once, with what became of it, whatever becomes of the
//! others; the call ends after the last answer.

mod open;
mod replies;

use std::{collections::HashMap, sync::Arc, time::Instant};

use tonic::{Request, Response, Status, Streaming};
use uuid::Uuid;

use self::{
    open::Open,
    replies::{Replies, Replying},
};
use super::status;
use crate::server::{
    log::Log,
    wire::{self, BatchAppendReq},
    writer::{self, Change},
};

/// How many appends of one call may have begun without being complete.
const OPEN_MAX: usize = 1024;

/// Answer the call.
pub(super) fn batch_append(
    log: Arc<Log>,
    request: Request<Streaming<BatchAppendReq>>,
) -> Response<Replies> {
    let (replying, replies) = replies::channel();
    tokio::spawn(async move {
        let mut batch = Batch { log, replying, open: HashMap::new() };
        if let Err(status) = batch.run(request.into_inner()).await {
            batch.replying.end(status).await;
        }
    });
    Response::new(replies)
}

struct Batch {
    log: Arc<Log>,
    replying: Replying,
    /// Appends that have begun, by their correlation ids.
    open: HashMap<Uuid, Open>,
}

impl Batch {
    async fn run(&mut self, mut messages: Streaming<BatchAppendReq>) -> Result<(), Status> {
        loop {
            let message = tokio::select! {
                message = messages.message() => message?,
                () = self.log.stopping.cancelled() => return Err(status::stopping()),
                () = self.replying.nobody_listens() => return Ok(()),
            };
            let Some(message) = message else { return Ok(()) };
            self.take(message).await;
        }
    }

    async fn take(&mut self, message: BatchAppendReq) {
        let BatchAppendReq { correlation_id, options, proposed_messages, is_final } = message;
        let correlation_id = correlation_id.unwrap_or_default();
        let key = correlation_id.parse().unwrap_or_default();
        let open = match options {
            Some(options) => Some(Open::new(options)),
            None => self.open.remove(&key),
        };
        // Without options, now or earlier, there is nothing to say which append this belongs to.
        let Some(mut open) = open else { return };
        open.extend(proposed_messages);
        if is_final {
            self.submit(correlation_id, open).await;
        } else if self.open.len() < OPEN_MAX {
            self.open.insert(key, open);
        } else {
            open.refuse("too many appends have begun without being complete");
            self.submit(correlation_id, open).await;
        }
    }

    async fn submit(&self, correlation_id: wire::Uuid, open: Open) {
        let Open { identifier, target, facts, size, patience } = open;
        let reply = self.replying.to(correlation_id, identifier.clone()).await;
        match target {
            Err(refusal) => reply.send(refusal.into()),
            Ok((stream, expected)) => {
                let answer =
                    move |outcome| reply.send(replies::result(outcome, expected, identifier));
                let request = writer::Request {
                    stream,
                    expected,
                    change: Change::Append(facts),
                    deadline: Instant::now() + patience,
                    size,
                    reply: Box::new(answer),
                };
                self.log.queue.submit(request).await;
            }
        }
    }
}
