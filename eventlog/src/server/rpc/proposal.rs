//! Facts as a caller proposes them.

use bytes::{BufMut as _, Bytes, BytesMut};

use crate::server::{
    fact::{Format, Proposed},
    room::{Part, Room},
    wire::{ProposedMessage, Uuid},
};

/// The most that one append may hold.
pub(super) const APPEND_BYTES_MAX: usize = 1 << 20;
/// The most facts that one append may hold. They would have to be of 16 bytes each.
const FACTS_MAX: usize = 1 << 16;
/// What a fact takes beside what is counted of it.
const OVERHEAD_BYTES: usize = 128;

/// The facts of an append, as they come.
#[derive(Debug)]
pub(super) struct Proposals {
    facts: Vec<Proposed>,
    size: usize,
    part: Part,
}

/// Why a proposed fact is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Improper {
    /// It lacks this property.
    Lacks(&'static str),
    /// Its id or its type is none.
    Malformed,
    /// With it, the append is too large.
    TooLarge,
    /// Too much is on its way for now.
    NoRoom,
}

impl Proposals {
    /// None yet.
    pub(super) fn new(room: &Room) -> Self {
        Self { facts: Vec::new(), size: 0, part: room.part() }
    }

    /// Add the fact that `message` proposes.
    pub(super) fn add(&mut self, message: &ProposedMessage) -> Result<(), Improper> {
        let fact = fact(message)?;
        self.size += fact.size();
        if self.size > APPEND_BYTES_MAX || self.facts.len() == FACTS_MAX {
            return Err(Improper::TooLarge);
        }
        self.facts.push(fact);
        self.part.hold(self.weight()).map_err(|_| Improper::NoRoom)
    }

    /// The facts, and the room that they take until they are written.
    pub(super) fn take(self) -> (Vec<Proposed>, Part) {
        (self.facts, self.part)
    }

    /// How many bytes of memory they take.
    pub(super) fn weight(&self) -> usize {
        self.size + self.facts.len() * OVERHEAD_BYTES
    }
}

fn fact(message: &ProposedMessage) -> Result<Proposed, Improper> {
    let ProposedMessage { head, many: entries } = message;
    let property = |key: &'static str| {
        // The last of several counts.
        let entry = entries.iter().rev().find(|entry| entry.key == key);
        entry.map(|entry| entry.value.clone()).ok_or(Improper::Lacks(key))
    };
    let kind = property("type")?;
    let json = property("content-type")?.as_ref() == b"application/json";
    let format = if json { Format::Json } else { Format::Bytes };
    let id = head.id.as_ref().and_then(Uuid::parse).filter(|id| !id.is_nil());
    let kind = String::from_utf8(kind.into()).map_err(|_| Improper::Malformed)?;
    let Some(id) = id.filter(|_| !kind.is_empty()) else { return Err(Improper::Malformed) };
    let (metadata, data) = on_their_own(&head.custom_metadata, &head.data);
    Ok(Proposed { id, kind, format, metadata, data })
}

/// As received, they are parts of a message that may be much larger, and would keep all of it.
fn on_their_own(metadata: &Bytes, data: &Bytes) -> (Bytes, Bytes) {
    let mut bytes = BytesMut::with_capacity(metadata.len() + data.len());
    bytes.put_slice(metadata);
    bytes.put_slice(data);
    let mut bytes = bytes.freeze();
    (bytes.split_to(metadata.len()), bytes)
}
