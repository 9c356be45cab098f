//! A fact as a caller proposes it.

use crate::server::{
    fact::{Format, Proposed},
    wire::ProposedMessage,
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
pub(super) fn fact(mut message: ProposedMessage) -> Result<Proposed, Improper> {
    let kind = message.metadata.remove("type").ok_or(Improper::Lacks("type"))?;
    let format = message.metadata.get("content-type").ok_or(Improper::Lacks("content-type"))?;
    let format = if format == "application/json" { Format::Json } else { Format::Bytes };
    let id = message.id.and_then(|id| id.parse()).filter(|id| !id.is_nil());
    let Some(id) = id.filter(|_| !kind.is_empty()) else { return Err(Improper::Malformed) };
    Ok(Proposed { id, kind, format, metadata: message.custom_metadata, data: message.data })
}
