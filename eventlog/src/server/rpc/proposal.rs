//! A fact as a caller proposes it.

use crate::server::{
    fact::{Format, Proposed},
    wire::{ProposedMessage, Uuid},
};

/// The most that one append may hold.
pub(super) const APPEND_BYTES_MAX: usize = 1 << 20;

/// Why a proposed fact cannot be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Improper {
    /// It lacks this property.
    Lacks(&'static str),
    /// Its id or its type is none.
    Malformed,
}

/// The fact that `message` proposes.
pub(super) fn fact(message: ProposedMessage) -> Result<Proposed, Improper> {
    let property = |key: &'static str| {
        // The last of several counts.
        let entry = message.metadata.iter().rev().find(|entry| entry.key == key);
        entry.map(|entry| entry.value.clone()).ok_or(Improper::Lacks(key))
    };
    let kind = property("type")?;
    let json = property("content-type")?.as_ref() == b"application/json";
    let format = if json { Format::Json } else { Format::Bytes };
    let id = message.id.as_ref().and_then(Uuid::parse).filter(|id| !id.is_nil());
    let kind = String::from_utf8(kind.into()).map_err(|_| Improper::Malformed)?;
    let Some(id) = id.filter(|_| !kind.is_empty()) else { return Err(Improper::Malformed) };
    Ok(Proposed { id, kind, format, metadata: message.custom_metadata, data: message.data })
}
