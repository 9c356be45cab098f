//! Carrying a log over into another one, embedded or a cluster.
//!
//! **Invariant:** each fact is appended at exactly its own revision under its own id, in the order
//! of the whole log, one append after the other. So a copy that was cut off goes on where it was,
//! and one that is run twice writes nothing twice. Of the metadata of a stream only the newest
//! document counts; it follows when all facts are there, or right before the end of its stream.

use super::{
    AppendError, Direction, EventLog, Fact, Filter, Position, ReadError, Revision, carry::Carried,
};

/// Facts that are read at once.
const PAGE: usize = 500;
/// What begins the name of a stream that holds another one's metadata.
pub(super) const METADATA: &str = "$$";

/// Which facts are carried over, and how.
#[derive(Clone, Debug, Default)]
pub struct CopyOptions {
    /// Streams whose names begin with one of these stay behind.
    pub leave_out: Vec<String>,
    /// Whether a stream of which facts are gone is numbered anew from 0. Otherwise it is refused.
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
    /// Facts have been scavenged from the middle of the stream, so its revisions cannot be kept.
    #[error("facts of stream {stream:?} are gone between revisions {before} and {after}")]
    Holed {
        /// The stream.
        stream: String,
        /// The last fact before the hole.
        before: Revision,
        /// The first one after it.
        after: Revision,
    },
    /// The new log has facts of its own in that stream, or has ended it.
    #[error("stream {0:?} of the new log is not a copy of the old one's")]
    Differs(String),
    /// The old log cannot be read.
    #[error("old log cannot be read")]
    Read(#[from] ReadError),
    /// The new log cannot be written.
    #[error("new log cannot be written")]
    Append(#[source] AppendError),
}

/// Carries the facts of `from` over into `to`, up to where `from` ends now. Positions and times are
/// the new log's own. What was purged travels as it is read: without its payload. What is marked as
/// JSON and is none, such as that empty payload, arrives marked as bytes: the official client marks
/// nothing else as JSON.
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
    let mut carried = Carried::new(to, options.renumber);
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
                carried.take(fact).await?;
                facts += 1;
                progress(Copied { facts, position, head });
            }
        }
        if !full || seen.is_some_and(|seen| seen >= head) {
            carried.finish().await?;
            return Ok(facts);
        }
    }
}

/// The log's own facts stay behind, metadata of streams that travel aside.
fn travels(fact: &Fact, options: &CopyOptions) -> bool {
    let stream = fact.stream.strip_prefix(METADATA).unwrap_or(&fact.stream);
    !stream.starts_with('$') && !options.leave_out.iter().any(|name| stream.starts_with(name))
}
