//! Carrying a log over into another one, embedded or a cluster.
//!
//! **Invariant:** each fact is appended at exactly its own revision under its own id, in the order
//! of the whole log, one append after the other. So a copy that was cut off goes on where it was,
//! and one that is run twice writes nothing twice.

use std::collections::HashMap;

use super::{
    AppendError, Direction, EventLog, ExpectedRevision, Fact, Filter, NewFact, Position, ReadError,
    Revision, StreamFrom,
};

/// Facts that are read at once.
const PAGE: usize = 500;
/// The type of the fact that ends a stream for good.
const TOMBSTONE: &str = "$streamDeleted";
/// What begins the name of a stream that holds another one's metadata.
const METADATA: &str = "$$";

/// Which facts are carried over, and how.
#[derive(Clone, Debug, Default)]
pub struct CopyOptions {
    /// Streams whose names begin with one of these stay behind.
    pub leave_out: Vec<String>,
    /// Whether a stream whose beginning is gone is numbered anew from 0. Otherwise it is refused.
    pub renumber: bool,
}

/// How far a copy has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Facts that stand in the new log, those of an earlier run included.
    pub facts: u64,
    /// Where in the old log it is.
    pub position: Position,
    /// Where the old log ended when the copy began.
    pub head: Position,
}

/// Why a copy was not finished. Running it again goes on where it was.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The stream's first facts have been scavenged, so its revisions cannot be kept.
    #[error("stream {stream:?} begins at revision {first}: its beginning is gone")]
    Beheaded {
        /// The stream.
        stream: String,
        /// Its first fact.
        first: Revision,
    },
    /// The new log has facts of its own in that stream.
    #[error("stream {0:?} of the new log is not a copy of the old one's")]
    Differs(String),
    /// The old log cannot be read.
    #[error("old log cannot be read")]
    Read(#[from] ReadError),
    /// The new log cannot be written.
    #[error("new log cannot be written")]
    Append(#[source] AppendError),
}

/// Where the streams of the new log stand.
#[derive(Default)]
struct Streams(HashMap<String, Option<Revision>>);

/// Carries the facts of `from` over into `to`, up to where `from` ends now. Positions and times are
/// the new log's own. What was purged travels as it is read: without its payload.
///
/// # Errors
///
/// [`CopyError`].
pub async fn copy(
    from: &EventLog,
    to: &EventLog,
    options: &CopyOptions,
    mut progress: impl FnMut(Copied),
) -> Result<u64, CopyError> {
    let Some(head) = from.head().await? else { return Ok(0) };
    let mut streams = Streams::default();
    let (mut facts, mut seen) = (0, None);
    loop {
        let page = from.read_all(Filter::None, seen, Direction::Forwards, PAGE).await?;
        let full = page.len() == PAGE;
        for fact in page {
            // A read from a position brings the fact at that position once more.
            if seen.is_some_and(|seen| fact.position <= seen) || fact.position > head {
                continue;
            }
            seen = Some(fact.position);
            if travels(&fact, options) {
                let position = fact.position;
                streams.carry(to, fact, options).await?;
                facts += 1;
                progress(Copied { facts, position, head });
            }
        }
        if !full || seen.is_some_and(|seen| seen >= head) {
            return Ok(facts);
        }
    }
}

/// The log's own facts stay behind, metadata of streams that travel aside.
fn travels(fact: &Fact, options: &CopyOptions) -> bool {
    let stream = fact.stream.strip_prefix(METADATA).unwrap_or(&fact.stream);
    !stream.starts_with('$') && !options.leave_out.iter().any(|name| stream.starts_with(name))
}

impl Streams {
    async fn carry(
        &mut self,
        to: &EventLog,
        fact: Fact,
        options: &CopyOptions,
    ) -> Result<(), CopyError> {
        if fact.kind == TOMBSTONE {
            return end(to, &fact.stream).await;
        }
        let last = match self.0.get(&fact.stream) {
            Some(last) => *last,
            // Only the newest metadata counts, so a gap before it loses nothing.
            None if fact.revision.0 > 0 && !fact.stream.starts_with(METADATA) => {
                if !options.renumber {
                    return Err(CopyError::Beheaded { stream: fact.stream, first: fact.revision });
                }
                None
            }
            None => None,
        };
        let expected = last.map_or(ExpectedRevision::NoStream, ExpectedRevision::Exactly);
        let stream = fact.stream;
        let new =
            NewFact { id: fact.id, kind: fact.kind, data: fact.data, metadata: fact.metadata };
        let revision = match to.append(&stream, expected, vec![new.clone()]).await {
            Ok(appended) => appended.revision,
            Err(AppendError::WrongRevision { .. }) => return Err(CopyError::Differs(stream)),
            // An earlier run has been here, and has ended the stream since.
            Err(AppendError::Deleted(_)) => return Ok(()),
            Err(AppendError::OutcomeUnknown(_)) => {
                let again = to.append(&stream, expected, vec![new]).await;
                again.map_err(CopyError::Append)?.revision
            }
            Err(error) => return Err(CopyError::Append(error)),
        };
        self.0.insert(stream, Some(revision));
        Ok(())
    }
}

async fn end(to: &EventLog, stream: &str) -> Result<(), CopyError> {
    match to.read_stream(stream, StreamFrom::End, Direction::Backwards, 1).await {
        Err(ReadError::Deleted(_)) => Ok(()),
        Err(error) => Err(error.into()),
        Ok(last) => {
            let last = last.first().map(|last| ExpectedRevision::Exactly(last.revision));
            let expected = last.unwrap_or(ExpectedRevision::NoStream);
            to.tombstone(stream, expected).await.map(|_| ()).map_err(CopyError::Append)
        }
    }
}
