//! Appending facts.
//!
//! **Invariant:** an append without an exact revision is sent once. One with an exact revision may
//! be sent again, because the log compares ids and answers the second as it answered the first.

use std::time::Duration;

use eventstore::{AppendToStreamOptions, EventData, ReadStreamOptions, StreamPosition};
use tokio::time::{Instant, timeout, timeout_at};
use uuid::Uuid;

use super::{
    AppendError, Appended, EventLog, ExpectedRevision, NewFact, Options, Position, Revision,
    batch::Nothing,
    failure::Failure,
    link::{Limits, Repeat},
    node::Node,
    wire,
};

/// No log takes a larger message; the receiving end of a real one stops reading there and cuts the
/// connection.
const FACT_BYTES_MAX: usize = 16 * 1024 * 1024 - 20_000;

/// Half of what a log takes as one append, unless it is told otherwise.
const BATCHED_BYTES_MAX: usize = 512 * 1024;

/// Facts on their way to a stream.
pub(super) struct Append {
    pub(super) stream: String,
    pub(super) expected: ExpectedRevision,
    pub(super) events: Vec<EventData>,
    /// The ids of the events.
    pub(super) ids: Vec<Uuid>,
    pub(super) bytes: usize,
}

impl EventLog {
    /// Append `facts` to `stream`, all or none, if it is as `expected`.
    ///
    /// The same facts at the same exact revision can be appended again, for instance after
    /// [`AppendError::OutcomeUnknown`]: they are written once and the answer is the same.
    ///
    /// # Errors
    ///
    /// See [`AppendError`].
    pub async fn append(
        &self,
        stream: &str,
        expected: ExpectedRevision,
        facts: Vec<NewFact>,
    ) -> Result<Appended, AppendError> {
        check(stream, &facts)?;
        self.append_checked(&Append::new(stream, expected, &facts, wire::event)).await
    }

    /// What is known to be something that a log takes.
    pub(super) async fn append_checked(&self, append: &Append) -> Result<Appended, AppendError> {
        let outcome = self.append_in_turn(append).await;
        outcome.map_err(|failure| failure.of_append(&append.stream, append.expected))
    }

    /// After those that came earlier, with others if possible, otherwise alone.
    async fn append_in_turn(&self, append: &Append) -> Result<Appended, Failure> {
        let limits = self.limits();
        let Ok(_turn) = timeout_at(limits.answer, self.order.turn(&append.stream)).await else {
            let reason = "earlier appends to the same stream are not answered yet";
            return Err(Failure::Unreached(reason.to_owned()));
        };
        let lease = self.calls.lease(limits.reach).await.map_err(Failure::Unreached)?;
        // Whoever found the way to the log has seen how far it reaches.
        let since = self.known.head();
        let outcome = if append.fits_in_batch() && self.is_reached(append) {
            // Half of the time that is left after waiting for the turn: enough for the append alone.
            let left = limits.answer.saturating_duration_since(Instant::now());
            self.batch.append(&lease, append, left / 2).await
        } else {
            Err(Nothing::Settled)
        };
        let outcome = match outcome {
            Ok(appended) => Ok(appended),
            Err(nothing) => {
                Box::pin(self.append_alone(append, limits, since, nothing == Nothing::Open)).await
            }
        };
        if let Ok(appended) = outcome {
            self.known.appended(&append.stream, appended);
        }
        outcome
    }

    /// Whether no copy of `append` that arrives late can find its stream at a revision that is yet
    /// to come.
    fn is_reached(&self, append: &Append) -> bool {
        self.known.has_reached(&append.stream, append.expected)
    }

    /// By a call of its own. `sent` if it may have reached the log before, which then held the fact
    /// `since`.
    async fn append_alone(
        &self,
        append: &Append,
        limits: Limits,
        since: Option<Position>,
        sent: bool,
    ) -> Result<Appended, Failure> {
        self.calls
            .call(limits, append.repeat(), sent, async |node, sent| {
                let within = limits.answer.saturating_duration_since(Instant::now());
                let answer = async {
                    match append.send(&node, within).await {
                        Err(failure) if sent => append.last_word(&node, since, failure).await,
                        outcome => outcome,
                    }
                };
                node.while_alive(limits.answer, answer)
                    .await
                    .unwrap_or_else(|silence| Err(Failure::Lost(silence)))
            })
            .await
    }

    pub(super) fn limits(&self) -> Limits {
        let now = Instant::now();
        let Options { append_timeout, connect_timeout, .. } = self.options;
        Limits {
            // Nobody waits longer for an append that was not even sent.
            reach: now + connect_timeout.min(append_timeout),
            answer: now + append_timeout,
        }
    }
}

impl Append {
    /// `facts` as `event` puts them.
    pub(super) fn new(
        stream: &str,
        expected: ExpectedRevision,
        facts: &[NewFact],
        event: impl Fn(&NewFact) -> EventData,
    ) -> Self {
        Self {
            stream: stream.to_owned(),
            expected,
            events: facts.iter().map(event).collect(),
            ids: facts.iter().map(|fact| fact.id).collect(),
            bytes: facts.iter().map(|fact| fact.data.len() + fact.metadata.len()).sum(),
        }
    }

    /// What the log refuses ends the call for all that travel on it, so what it might find too
    /// large travels alone.
    fn fits_in_batch(&self) -> bool {
        self.repeat() == Repeat::Harmless && self.bytes <= BATCHED_BYTES_MAX
    }

    fn repeat(&self) -> Repeat {
        match self.expected {
            ExpectedRevision::NoStream | ExpectedRevision::Exactly(_) => Repeat::Harmless,
            ExpectedRevision::Any => Repeat::Never,
        }
    }

    async fn send(&self, node: &Node, within: Duration) -> Result<Appended, Failure> {
        let options = AppendToStreamOptions::default()
            .stream_state(wire::state(self.expected))
            .deadline(within);
        let options = node.signed(options, AppendToStreamOptions::authenticated);
        let written =
            node.append_to_stream(self.stream.as_str(), &options, self.events.clone()).await?;
        let revision = Revision(written.next_expected_version);
        let position = match written.position.commit {
            0 => self.locate(node, revision).await?,
            commit => Position(commit),
        };
        Ok(Appended { revision, position })
    }

    /// To a repeated append a log may answer without a position, as it need not remember it.
    async fn locate(&self, node: &Node, revision: Revision) -> Result<Position, Failure> {
        let options = ReadStreamOptions::default()
            .position(StreamPosition::Position(revision.0))
            .max_count(1);
        let options = node.signed(options, ReadStreamOptions::authenticated);
        let read = async {
            let mut events = node.read_stream(self.stream.as_str(), &options).await?;
            events.next().await
        };
        let fact = read.await.ok().flatten().and_then(wire::fact);
        fact.filter(|fact| fact.revision == revision)
            .map(|fact| fact.position)
            .ok_or_else(|| Failure::Unexplained("appended, but it cannot be read where".to_owned()))
    }
}

/// The official client leaves time-outs to the log, which may hang.
pub(super) async fn answered<T>(
    within: Duration,
    call: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    match timeout(within, call).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Failure::Lost(format!("no answer within {within:?}"))),
    }
}

/// Refuses what a log answers with an unclear error, and the name that stops a real one.
fn check(stream: &str, facts: &[NewFact]) -> Result<(), AppendError> {
    check_name(stream)?;
    if facts.is_empty() {
        return Err(AppendError::Invalid("there is nothing to append".to_owned()));
    }
    for fact in facts {
        if fact.id.is_nil() {
            return Err(AppendError::Invalid("a fact has no id".to_owned()));
        }
        if fact.kind.is_empty() {
            return Err(AppendError::Invalid("a fact has no type".to_owned()));
        }
        let bytes = fact.data.len() + fact.metadata.len();
        if bytes > FACT_BYTES_MAX {
            return Err(AppendError::TooLarge(format!("a fact of {bytes} bytes")));
        }
    }
    Ok(())
}

pub(super) fn check_name(stream: &str) -> Result<(), AppendError> {
    match stream {
        "" => Err(AppendError::Invalid("a stream has a name".to_owned())),
        "$$" => Err(AppendError::Invalid("no stream has the name $$".to_owned())),
        _ => Ok(()),
    }
}
