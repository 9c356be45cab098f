//! Appends of one process, together on one call.
//!
//! A call of its own costs an append several times what the log needs to write it. So all appends
//! travel on one `BatchAppend` call. The official client ends that call at the first append that
//! is refused, and answers the others with an error or not at all. Hence:
//!
//! **Invariant:** what comes from here is either the log's own success or nothing. After nothing,
//! the append is made again by a call of its own, with the same ids at the same exact revision,
//! which the log answers as it would have answered the first. An append without an exact revision
//! never comes here.
//!
//! That call may come while a copy of the append is still on its way. The copy cannot fit any more:
//! an append that expects a revision travels here only if its stream has been seen to have reached
//! it. What else the log may say by then, although the copy was written, is looked into
//! (see [`super::look`]).

use std::{sync::Arc, time::Duration};

use eventstore::{BatchAppendClient, BatchAppendOptions, BatchWriteResult, Error};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout_at},
};

use super::{
    Appended, Position, Revision,
    append::Append,
    failure::{never_connected, refused_in_batch},
    link::Lease,
    wire,
};

/// The call that is open, if any.
#[derive(Default)]
pub(super) struct Batch(Mutex<State>);

#[derive(Default)]
enum State {
    #[default]
    Closed,
    Open(Arc<Call>),
    /// The node that this client has reached does not know the call.
    Unknown(u64),
}

struct Call {
    sender: BatchAppendClient,
    /// Number of the client it was made with.
    number: u64,
}

/// Why an append has to be made by a call of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nothing {
    /// It may have been written, or may still be on its way to the log.
    Open,
    /// It was not written and will not be: it was not sent, or the log refused it.
    Settled,
}

impl Batch {
    /// Sends `append` with the others and waits for its answer.
    pub(super) async fn append(
        &self,
        lease: &Lease,
        append: &Append,
        within: Duration,
    ) -> Result<Appended, Nothing> {
        let deadline = Instant::now() + within;
        let call = timeout_at(deadline, self.call(lease)).await.ok().flatten();
        let call = call.ok_or(Nothing::Settled)?;
        let answer = call.sender.append_to_stream(
            &append.stream,
            wire::state(append.expected),
            append.events.clone(),
        );
        match lease.node.while_alive(deadline, answer).await {
            Ok(Ok(written)) => appended(&written).ok_or(Nothing::Open),
            Ok(Err(error)) => {
                self.close(&call).await;
                let settled = never_connected(&error) || refused_in_batch(&error);
                Err(if settled { Nothing::Settled } else { Nothing::Open })
            }
            Err(silence) => {
                self.close(&call).await;
                lease.suspect(&silence);
                Err(Nothing::Open)
            }
        }
    }

    /// The open call, or a new one.
    async fn call(&self, lease: &Lease) -> Option<Arc<Call>> {
        let mut state = self.0.lock().await;
        match &*state {
            State::Open(call) if call.number == lease.number => return Some(Arc::clone(call)),
            State::Unknown(number) if *number == lease.number => return None,
            State::Closed | State::Open(_) | State::Unknown(_) => {}
        }
        let options = BatchAppendOptions::default();
        let options = lease.node.signed(options, BatchAppendOptions::authenticated);
        match lease.node.batch_append(&options).await {
            Ok(sender) => {
                let call = Arc::new(Call { sender, number: lease.number });
                *state = State::Open(Arc::clone(&call));
                Some(call)
            }
            Err(Error::UnsupportedFeature) => {
                *state = State::Unknown(lease.number);
                None
            }
            // An append alone meets the same trouble and knows what to do about it.
            Err(_) => None,
        }
    }

    /// Ends `call`, if it is still the open one.
    async fn close(&self, call: &Arc<Call>) {
        let mut state = self.0.lock().await;
        if matches!(&*state, State::Open(open) if Arc::ptr_eq(open, call)) {
            *state = State::Closed;
        }
    }
}

/// A log that has forgotten where a repeated append went leaves its place out.
fn appended(written: &BatchWriteResult) -> Option<Appended> {
    Some(Appended {
        revision: Revision(written.current_revision()?),
        position: Position(written.current_position()?.commit),
    })
}

impl std::fmt::Debug for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Batch")
    }
}
