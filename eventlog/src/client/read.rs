//! Reading facts that are there.

use std::sync::Arc;

use eventstore::{ReadAllOptions, ReadStream, ReadStreamOptions, StreamPosition};
use tokio::time::{Instant, timeout};

use super::{
    Direction, EventLog, Fact, Filter, Position, ReadError, StreamFrom,
    failure::Failure,
    link::{Limits, Repeat},
    node::Node,
    pace::in_time,
    wire,
};

/// For so many facts there is room from the beginning.
const FACTS_EXPECTED: usize = 1_024;

impl EventLog {
    /// Read at most `limit` facts of `stream`. A stream without facts, or whose facts were
    /// deleted, has none to read.
    ///
    /// # Errors
    ///
    /// See [`ReadError`]. A tombstoned stream is [`ReadError::Deleted`].
    pub async fn read_stream(
        &self,
        stream: &str,
        from: StreamFrom,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Fact>, ReadError> {
        if stream.is_empty() {
            return Err(ReadError::Invalid("a stream has a name".to_owned()));
        }
        // A real log never answers when asked for none.
        if limit == 0 {
            return Ok(Vec::new());
        }
        let options = stream_options(from, direction, limit);
        let read = self.read(|node, _| {
            let options = node.signed(options.clone(), ReadStreamOptions::authenticated);
            async move { self.collect(node.read_stream(stream, &options), limit).await }
        });
        match read.await {
            Err(Failure::NotFound) => Ok(Vec::new()),
            outcome => outcome.map_err(|failure| failure.of_read(stream)),
        }
    }

    /// Read at most `limit` facts of the whole log, `from` there: inclusive forwards, exclusive
    /// backwards. Without it, from the start or from the end.
    ///
    /// # Errors
    ///
    /// See [`ReadError`]. A position that is no fact's may be [`ReadError::Invalid`].
    pub async fn read_all(
        &self,
        filter: Filter,
        from: Option<Position>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Fact>, ReadError> {
        let mut facts: Vec<Fact> = Vec::new();
        let mut from = from;
        // Where the page before ended. Forwards, its last fact comes again.
        let mut seen = None;
        loop {
            let missing = limit - facts.len();
            let asked = if seen.is_some() { missing.saturating_add(1) } else { missing };
            let mut page = self.page(&filter, from, direction, asked).await?;
            // The log counts facts that are dropped here, so it may have to be asked for more.
            let full = page.len() == asked;
            let last = page.last().map(|fact| fact.position);
            page.retain(|fact| Some(fact.position) != seen && wire::wanted(&filter, fact));
            if facts.is_empty() {
                facts = page;
            } else {
                facts.append(&mut page);
            }
            if !full || facts.len() >= limit {
                facts.truncate(limit);
                return Ok(facts);
            }
            (from, seen) = (last, last);
        }
    }

    /// Where the last fact of the log stands.
    ///
    /// # Errors
    ///
    /// See [`ReadError`].
    pub async fn head(&self) -> Result<Option<Position>, ReadError> {
        let last = self.page(&Filter::None, None, Direction::Backwards, 1).await?;
        Ok(last.first().map(|fact| fact.position))
    }

    /// Whether the log answers, and lets these credentials read.
    ///
    /// # Errors
    ///
    /// See [`ReadError`].
    pub async fn ping(&self) -> Result<(), ReadError> {
        self.head().await.map(|_| ())
    }

    /// As many facts as the log brings for one question.
    async fn page(
        &self,
        filter: &Filter,
        from: Option<Position>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Fact>, ReadError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let options = all_options(filter, from, direction, limit);
        self.read(|node, _| {
            let options = node.signed(options.clone(), ReadAllOptions::authenticated);
            async move { self.collect(node.read_all(&options), limit).await }
        })
        .await
        .map_err(|failure| failure.of_read("$all"))
    }

    async fn read<F, Fut>(&self, read: F) -> Result<Vec<Fact>, Failure>
    where
        F: Fn(Arc<Node>, bool) -> Fut,
        Fut: Future<Output = Result<Vec<Fact>, Failure>>,
    {
        let reach = Instant::now() + self.options.connect_timeout;
        let limits = Limits { reach, answer: reach };
        self.calls.call(limits, Repeat::Harmless, false, read).await
    }

    /// All facts of one answer, of which there are at most `limit`. The log may take its time for
    /// the whole, but not for a single one.
    async fn collect(
        &self,
        read: impl Future<Output = eventstore::Result<ReadStream>>,
        limit: usize,
    ) -> Result<Vec<Fact>, Failure> {
        let within = self.options.read_timeout;
        let silent = |_| Failure::Lost(format!("no answer within {within:?}"));
        let mut events = timeout(within, read).await.map_err(silent)??;
        let mut facts = Vec::with_capacity(limit.min(FACTS_EXPECTED));
        while let Some(event) = in_time(within, events.next()).await.map_err(silent)?? {
            facts.extend(wire::fact(event));
        }
        self.known.read(&facts);
        Ok(facts)
    }
}

fn stream_options(from: StreamFrom, direction: Direction, limit: usize) -> ReadStreamOptions {
    let position = match from {
        StreamFrom::Start => StreamPosition::Start,
        StreamFrom::End => StreamPosition::End,
        StreamFrom::Revision(revision) => StreamPosition::Position(revision.0),
    };
    // The official client turns the direction to suit the position; so the direction comes last.
    let options = ReadStreamOptions::default().position(position).max_count(limit);
    match direction {
        Direction::Forwards => options.forwards(),
        Direction::Backwards => options.backwards(),
    }
}

fn all_options(
    filter: &Filter,
    from: Option<Position>,
    direction: Direction,
    limit: usize,
) -> ReadAllOptions {
    let position = match (from, direction) {
        (Some(position), Direction::Forwards | Direction::Backwards) => {
            StreamPosition::Position(wire::position(position))
        }
        (None, Direction::Forwards) => StreamPosition::Start,
        (None, Direction::Backwards) => StreamPosition::End,
    };
    let options = ReadAllOptions::default().position(position).max_count(limit);
    let options = match direction {
        Direction::Forwards => options.forwards(),
        Direction::Backwards => options.backwards(),
    };
    match wire::filter(filter) {
        Some(filter) => options.filter(filter),
        None => options,
    }
}
