//! A fact as the log keeps it in memory on its way from and to the file.
//!
//! **Invariant:** a fact owns one allocation and shares it between clones, so that handing one to a
//! hundred subscriptions copies nothing.

use bytes::{BufMut, Bytes, BytesMut};
use uuid::Uuid;

/// Revision of the fact that says that a stream is gone for good.
pub(crate) const TOMBSTONE_REVISION: u64 = i64::MAX.cast_unsigned();
/// Type of the fact that says that a stream is gone for good.
pub(crate) const TOMBSTONE_KIND: &str = "$streamDeleted";
/// Type of the facts of a stream's metadata stream.
pub(crate) const METADATA_KIND: &str = "$metadata";
/// What the name of a metadata stream begins with.
pub(crate) const METADATA_PREFIX: &str = "$$";

/// What a fact's payload is said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// `application/json`, unchecked.
    Json,
    /// `application/octet-stream`.
    Bytes,
}

/// A fact that is to be written. The log adds its place and its time.
#[derive(Clone, Debug)]
pub(crate) struct Proposed {
    pub(crate) id: Uuid,
    pub(crate) kind: String,
    pub(crate) format: Format,
    pub(crate) metadata: Bytes,
    pub(crate) data: Bytes,
}

impl Proposed {
    /// Size that counts against the limit of one append.
    pub(crate) fn size(&self) -> usize {
        self.data.len() + self.metadata.len() + 2 * self.kind.encode_utf16().count()
    }
}

/// A fact of the log.
#[derive(Clone, Debug)]
pub(crate) struct Fact {
    pub(crate) position: u64,
    pub(crate) revision: u64,
    pub(crate) id: Uuid,
    /// Ticks since the Unix epoch.
    pub(crate) created: i64,
    pub(crate) format: Format,
    stream_end: usize,
    kind_end: usize,
    metadata_end: usize,
    /// Stream name, type, metadata and data, one after the other.
    bytes: Bytes,
}

/// Where a fact stands and what it is, without its bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) position: u64,
    pub(crate) revision: u64,
    pub(crate) id: Uuid,
    pub(crate) created: i64,
    pub(crate) format: Format,
}

/// A fact where it lies, whoever owns its bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FactRef<'a> {
    pub(crate) place: Place,
    /// Name of its stream, UTF-8.
    pub(crate) stream: &'a [u8],
    /// Its type, UTF-8.
    pub(crate) kind: &'a [u8],
    /// Its metadata, as appended.
    pub(crate) metadata: &'a [u8],
    /// Its data, as appended.
    pub(crate) data: &'a [u8],
}

impl FactRef<'_> {
    /// The fact, on its own.
    pub(crate) fn to_fact(self) -> Fact {
        let Self { place, stream, kind, metadata, data } = self;
        let parts = [stream, kind, metadata, data];
        let mut bytes = BytesMut::with_capacity(self.size());
        for part in parts {
            bytes.put_slice(part);
        }
        let stream_end = stream.len();
        let kind_end = stream_end + kind.len();
        let metadata_end = kind_end + metadata.len();
        let Place { position, revision, id, created, format } = place;
        let bytes = bytes.freeze();
        Fact { position, revision, id, created, format, stream_end, kind_end, metadata_end, bytes }
    }

    /// How many bytes it holds.
    pub(crate) fn size(&self) -> usize {
        self.stream.len() + self.kind.len() + self.metadata.len() + self.data.len()
    }
}

impl Fact {
    /// The fact, to be looked at.
    pub(crate) fn view(&self) -> FactRef<'_> {
        let Self { position, revision, id, created, format, .. } = *self;
        FactRef {
            place: Place { position, revision, id, created, format },
            stream: self.stream(),
            kind: self.kind(),
            metadata: self.metadata(),
            data: self.data(),
        }
    }

    /// Name of its stream, UTF-8.
    pub(crate) fn stream(&self) -> &[u8] {
        &self.bytes[..self.stream_end]
    }

    /// Its type, UTF-8.
    pub(crate) fn kind(&self) -> &[u8] {
        &self.bytes[self.stream_end..self.kind_end]
    }

    /// Its metadata, as appended.
    pub(crate) fn metadata(&self) -> &[u8] {
        &self.bytes[self.kind_end..self.metadata_end]
    }

    /// Its data, as appended.
    pub(crate) fn data(&self) -> &[u8] {
        &self.bytes[self.metadata_end..]
    }

    /// How many bytes it holds.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len()
    }
}
