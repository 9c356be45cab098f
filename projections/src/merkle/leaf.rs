//! What is sealed of a fact.

use eventlog::Fact;

use super::{Hash, leaf_hash};
use crate::completeness::is_counted;

/// The hash of the leaf that stands for `fact`; none for a fact that the log may forget, and for the
/// log's own. Over stream, revision, id, type, data and metadata as they are stored, each after its
/// length; the position is no part of it, so that a copy of the log has the same leaves.
#[must_use]
pub fn leaf_of(fact: &Fact) -> Option<Hash> {
    is_counted(fact).then(|| leaf_hash(&leaf(fact)))
}

fn leaf(fact: &Fact) -> Vec<u8> {
    let Fact { stream, revision, id, kind, data, metadata, .. } = fact;
    let texts = [stream.as_bytes(), kind.as_bytes(), data.as_ref(), metadata.as_ref()];
    let length = 24 + texts.iter().map(|text| 8 + text.len()).sum::<usize>();
    let mut leaf = Vec::with_capacity(length);
    leaf.extend(revision.0.to_be_bytes());
    leaf.extend(id.as_bytes());
    for text in texts {
        leaf.extend((text.len() as u64).to_be_bytes());
        leaf.extend(text);
    }
    leaf
}
