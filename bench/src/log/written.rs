//! The facts that are measured with.

use bytes::Bytes;
use eventlog::{EventLog, ExpectedRevision, NewFact, Revision};
use futures::future::try_join_all;
use uuid::Uuid;

/// Facts per append when the log is filled: only reading them is measured.
const FILL_BATCH: u64 = 200;
const FILL_WRITERS: u64 = 16;
/// Streams are begun by so many at a time: only starting with them is measured.
const BEGIN_WRITERS: u64 = 256;

/// A fact of about 300 bytes in all.
pub(crate) fn fact(id: u128) -> NewFact {
    let text = "x".repeat(170);
    NewFact {
        id: Uuid::from_u128(id),
        kind: "thing-done.v1".to_owned(),
        data: Bytes::from(format!("{{\"text\":\"{text}\"}}")),
        metadata: Bytes::from_static(b"{\"actor\":\"0190f0a4-5b0c-7cc0-b7a8-2f6f1a6e0f11\"}"),
    }
}

/// What a stream must look like for its fact of this revision.
pub(crate) fn before(revision: u64) -> ExpectedRevision {
    match revision.checked_sub(1) {
        None => ExpectedRevision::NoStream,
        Some(last) => ExpectedRevision::Exactly(Revision(last)),
    }
}

/// Appends `count` facts.
pub(crate) async fn fill(log: &EventLog, count: u64) -> anyhow::Result<()> {
    let writers = (0..FILL_WRITERS).map(|writer| async move {
        let stream = format!("filling-{writer}");
        let mut written = 0;
        while written < count / FILL_WRITERS {
            let id = |number| u128::from(writer) << 64 | u128::from(number) | 1 << 127;
            let facts = (written..written + FILL_BATCH).map(|number| fact(id(number))).collect();
            log.append(&stream, before(written), facts).await?;
            written += FILL_BATCH;
        }
        anyhow::Ok(())
    });
    try_join_all(writers).await?;
    Ok(())
}

/// Begins `count` streams, with one fact each.
pub(crate) async fn begin(log: &EventLog, count: u64) -> anyhow::Result<()> {
    let writers = (0..BEGIN_WRITERS).map(|writer| async move {
        let mut number = writer;
        while number < count {
            let fact = fact(1 << 125 | u128::from(number));
            log.append(&format!("begun-{number}"), before(0), vec![fact]).await?;
            number += BEGIN_WRITERS;
        }
        anyhow::Ok(())
    });
    try_join_all(writers).await?;
    Ok(())
}
