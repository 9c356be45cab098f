//! The new log, as far as facts have been carried over into it.

use std::collections::HashMap;

use serde_json::Value;
use uuid::Uuid;

use super::{
    AppendError, Appended, CopyError, Direction, EventLog, ExpectedRevision, Fact, NewFact,
    ReadError, Revision, StreamFrom, append::Append, copy::METADATA, wire,
};

/// What the fact is that ends a stream for good.
const TOMBSTONE: &str = "$streamDeleted";
const TOMBSTONE_REVISION: Revision = Revision(i64::MAX.cast_unsigned());

/// Key of a metadata document: facts before this revision are hidden.
const TRUNCATE_BEFORE: &str = "$tb";
/// What it says of a stream that is deleted and may be begun again.
const DELETED: u64 = i64::MAX.cast_unsigned();

/// Where the streams of the new log stand.
pub(super) struct Carried<'a> {
    to: &'a EventLog,
    renumber: bool,
    streams: HashMap<String, Stream>,
    /// By the stream that they describe.
    documents: HashMap<String, Documents>,
}

#[derive(Clone, Copy, Default)]
struct Stream {
    /// Its last fact, in the new log.
    last: Option<Revision>,
    /// How many facts are missing before it.
    missing: u64,
    end: End,
}

/// Whether a stream has ended for good.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum End {
    #[default]
    No,
    /// The new log says so, presumably because of an earlier run.
    There,
    /// The old log says so too.
    Carried,
}

struct Documents {
    newest: Fact,
    /// Of all of them.
    ids: Vec<Uuid>,
}

impl<'a> Carried<'a> {
    pub(super) fn new(to: &'a EventLog, renumber: bool) -> Self {
        Self { to, renumber, streams: HashMap::new(), documents: HashMap::new() }
    }

    /// Takes the next fact of the old log.
    pub(super) async fn take(&mut self, fact: Fact) -> Result<(), CopyError> {
        if let Some(described) = fact.stream.strip_prefix(METADATA) {
            self.keep(described.to_owned(), fact);
            return Ok(());
        }
        if fact.kind == TOMBSTONE && fact.revision == TOMBSTONE_REVISION {
            return self.end(&fact.stream).await;
        }
        let mut stream = self.streams.get(&fact.stream).copied().unwrap_or_default();
        if stream.end == End::No {
            stream.make_way_for(&fact, self.renumber)?;
            let name = fact.stream.clone();
            match self.append(&name, stream.expected(), fact).await {
                Ok(appended) => stream.last = Some(appended.revision),
                Err(AppendError::Deleted(_)) => stream.end = End::There,
                Err(error) => return Err(refused(name, error)),
            }
            self.streams.insert(name, stream);
        }
        Ok(())
    }

    /// Brings what could not be brought earlier.
    pub(super) async fn finish(mut self) -> Result<(), CopyError> {
        let ended = self.streams.iter().find(|(_, stream)| stream.end == End::There);
        if let Some((name, _)) = ended {
            return Err(CopyError::Differs(name.clone()));
        }
        let mut documents: Vec<_> = self.documents.drain().collect();
        documents.sort_by_key(|(_, documents)| documents.newest.position);
        for (described, documents) in documents {
            self.describe(&described, documents).await?;
        }
        Ok(())
    }

    fn keep(&mut self, described: String, document: Fact) {
        let id = document.id;
        match self.documents.get_mut(&described) {
            Some(documents) => {
                documents.newest = document;
                documents.ids.push(id);
            }
            None => {
                self.documents.insert(described, Documents { newest: document, ids: vec![id] });
            }
        }
    }

    async fn end(&mut self, name: &str) -> Result<(), CopyError> {
        if let Some(documents) = self.documents.remove(name) {
            self.describe(name, documents).await?;
        }
        let mut stream = self.streams.get(name).copied().unwrap_or_default();
        match self.to.tombstone(name, stream.expected()).await {
            Ok(_) | Err(AppendError::Deleted(_)) => stream.end = End::Carried,
            Err(error) => return Err(refused(name.to_owned(), error)),
        }
        self.streams.insert(name.to_owned(), stream);
        Ok(())
    }

    /// Makes the newest of `documents` what the new log knows about the stream `described`.
    async fn describe(&self, described: &str, documents: Documents) -> Result<(), CopyError> {
        let Documents { newest, ids } = documents;
        let name = newest.stream.clone();
        let there = self.to.read_stream(&name, StreamFrom::End, Direction::Backwards, 1).await;
        let there = match there {
            Ok(there) => there.into_iter().next(),
            Err(ReadError::Deleted(_)) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let missing = self.streams.get(described).map_or(0, |stream| stream.missing);
        let newest = renumbered(newest, missing);
        let expected = match there {
            None => ExpectedRevision::NoStream,
            Some(there) if there.id == newest.id || document(&there) == document(&newest) => {
                return Ok(());
            }
            Some(there) if ids.contains(&there.id) || is_of_the_log(&there) => {
                ExpectedRevision::Exactly(there.revision)
            }
            Some(_) => return Err(CopyError::Differs(name)),
        };
        match self.append(&name, expected, newest).await {
            Ok(_) => Ok(()),
            Err(error) => Err(refused(name, error)),
        }
    }

    async fn append(
        &self,
        stream: &str,
        expected: ExpectedRevision,
        fact: Fact,
    ) -> Result<Appended, AppendError> {
        let Fact { id, kind, data, metadata, json, .. } = fact;
        let fact = NewFact { id, kind, data, metadata };
        let event = |fact: &NewFact| if json { wire::event(fact) } else { wire::bytes(fact) };
        let append = Append::new(stream, expected, &[fact], event);
        match self.to.append_checked(&append).await {
            Err(AppendError::OutcomeUnknown(_)) => self.to.append_checked(&append).await,
            outcome => outcome,
        }
    }
}

impl Stream {
    /// `fact` comes next; there must be no hole before it, unless facts are to be numbered anew.
    fn make_way_for(&mut self, fact: &Fact, renumber: bool) -> Result<(), CopyError> {
        let next = self.last.map_or(0, |last| last.0 + 1) + self.missing;
        let missing = fact.revision.0.saturating_sub(next);
        if missing == 0 || renumber {
            self.missing += missing;
            return Ok(());
        }
        let (stream, after) = (fact.stream.clone(), fact.revision);
        Err(match self.last {
            None => CopyError::Beheaded { stream, first: after },
            Some(before) => CopyError::Holed { stream, before, after },
        })
    }

    fn expected(&self) -> ExpectedRevision {
        self.last.map_or(ExpectedRevision::NoStream, ExpectedRevision::Exactly)
    }
}

fn refused(stream: String, error: AppendError) -> CopyError {
    match error {
        AppendError::WrongRevision { .. } => CopyError::Differs(stream),
        error @ (AppendError::Deleted(_)
        | AppendError::Unavailable(_)
        | AppendError::OutcomeUnknown(_)
        | AppendError::Denied
        | AppendError::TooLarge(_)
        | AppendError::Invalid(_)) => CopyError::Append(error),
    }
}

/// What a metadata document says. One that says nothing is like no other.
fn document(fact: &Fact) -> Result<Value, Uuid> {
    serde_json::from_slice(&fact.data).map_err(|_| fact.id)
}

/// Whether `fact` is a document that a log itself writes when a deleted stream is begun again.
fn is_of_the_log(fact: &Fact) -> bool {
    matches!(document(fact), Ok(Value::Object(keys)) if keys.keys().eq([TRUNCATE_BEFORE]))
}

/// `document` of a stream before whose facts so many are `missing`.
fn renumbered(mut document: Fact, missing: u64) -> Fact {
    if missing > 0
        && let Ok(Value::Object(mut keys)) = serde_json::from_slice(&document.data)
        && let Some(before) = keys.get(TRUNCATE_BEFORE).and_then(Value::as_u64)
        && before != DELETED
    {
        keys.insert(TRUNCATE_BEFORE.to_owned(), before.saturating_sub(missing).into());
        document.data = Value::Object(keys).to_string().into();
    }
    document
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use chrono::DateTime;
    use uuid::Uuid;

    use super::{CopyError, DELETED, Fact, Revision, Stream, is_of_the_log, renumbered};
    use crate::Position;

    fn fact(revision: u64, data: &str) -> Fact {
        Fact {
            stream: "s".to_owned(),
            revision: Revision(revision),
            position: Position(1),
            id: Uuid::from_u128(1),
            kind: "thing-done.v1".to_owned(),
            data: Bytes::copy_from_slice(data.as_bytes()),
            metadata: Bytes::new(),
            json: true,
            created: DateTime::UNIX_EPOCH,
        }
    }

    fn stream(last: Option<u64>, missing: u64) -> Stream {
        Stream { last: last.map(Revision), missing, ..Stream::default() }
    }

    #[test]
    fn facts_that_are_gone_are_named() {
        let beheaded = stream(None, 0).make_way_for(&fact(3, "{}"), false);
        assert!(matches!(beheaded, Err(CopyError::Beheaded { first: Revision(3), .. })));
        let holed = stream(Some(4), 0).make_way_for(&fact(6, "{}"), false);
        let Err(CopyError::Holed { before, after, .. }) = holed else { panic!("{holed:?}") };
        assert_eq!((before, after), (Revision(4), Revision(6)));
    }

    #[test]
    fn facts_behind_those_that_are_gone_are_numbered_without_a_gap_if_wanted() {
        let mut numbered = stream(None, 0);
        numbered.make_way_for(&fact(3, "{}"), true).unwrap();
        assert_eq!(numbered.missing, 3);
        numbered.last = Some(Revision(0));
        numbered.make_way_for(&fact(4, "{}"), true).unwrap();
        assert_eq!(numbered.missing, 3);
        numbered.make_way_for(&fact(6, "{}"), true).unwrap();
        assert_eq!(numbered.missing, 5);
    }

    #[test]
    fn beginning_that_metadata_names_moves_with_the_numbers() {
        let after = |document: &str, missing| {
            let fact = renumbered(fact(0, document), missing);
            String::from_utf8_lossy(&fact.data).into_owned()
        };
        assert_eq!(after(r#"{"$maxCount":9,"$tb":5}"#, 3), r#"{"$maxCount":9,"$tb":2}"#);
        assert_eq!(after(r#"{"$tb":2}"#, 3), r#"{"$tb":0}"#);
        assert_eq!(after(r#"{"$tb": 5}"#, 0), r#"{"$tb": 5}"#);
        let deleted = format!("{{\"$tb\":{DELETED}}}");
        assert_eq!(after(&deleted, 3), deleted);
    }

    #[test]
    fn only_a_bare_beginning_is_what_a_log_writes_by_itself() {
        assert!(is_of_the_log(&fact(1, r#"{"$tb":4}"#)));
        for document in ["{}", r#"{"$tb":4,"$maxCount":1}"#, r#"{"$maxCount":1}"#, "4"] {
            assert!(!is_of_the_log(&fact(1, document)), "{document}");
        }
    }
}
