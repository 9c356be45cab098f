//! How a fact is laid out and sealed in the file.
//!
//! The header is stored as the very bytes that the chain covers:
//!
//! ```text
//! layout 1 · format 1 · id 16 · created 8 · position 8 · revision 8 · stream length 4 · stream · type
//! ```
//!
//! Each fact carries `chain = H(previous chain ‖ H(header) ‖ H(payload))` with SHA-256, where the
//! payload is `metadata length 8 ‖ metadata ‖ data`, and a CRC-32 over all of that and the log's
//! id. The checksum is what each read looks at; the chain is for whoever walks the whole log.
//!
//! **Invariant:** the chain needs a payload's digest, not the payload, so that a fact can be purged
//! and the chain still closes. Zeroes stand in place of a purged payload, and nothing else may:
//! what the chain does not vouch for is not served.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::StorageError;
use crate::server::fact::{Fact, Format, Place};

const LAYOUT: u8 = 1;
const FIXED: usize = 46;
const JSON: u8 = 1;
const BYTES: u8 = 0;

/// Hash that a fact is chained to its predecessor with. All zeroes before the first.
pub(crate) type Chain = [u8; 32];

/// Seals facts of one log.
#[derive(Clone, Debug)]
pub(crate) struct Seal {
    checksum: crc32fast::Hasher,
}

/// A row of `facts` as it is read, before it is believed.
#[derive(Debug)]
pub(super) struct RawFact<'row> {
    pub(super) position: u64,
    pub(super) revision: u64,
    pub(super) purged: bool,
    pub(super) checksum: &'row [u8],
    pub(super) chain: &'row [u8],
    pub(super) payload_digest: &'row [u8],
    pub(super) header: &'row [u8],
    pub(super) metadata: &'row [u8],
    pub(super) data: &'row [u8],
}

impl Seal {
    /// For the facts of the log `id`: a fact of another log does not pass here.
    pub(crate) fn new(id: Uuid) -> Self {
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(id.as_bytes());
        Self { checksum }
    }

    pub(super) fn checksum(&self, parts: &[&[u8]]) -> u32 {
        let mut hasher = self.checksum.clone();
        for part in parts {
            hasher.update(part);
        }
        hasher.finalize()
    }

    pub(super) fn fact_checksum(&self, fact: &RawFact<'_>) -> [u8; 4] {
        let lengths = [fact.header.len(), fact.metadata.len(), fact.data.len()];
        let mut frame = [0; 25];
        for (slot, length) in frame.chunks_exact_mut(8).zip(lengths) {
            slot.copy_from_slice(&(length as u64).to_be_bytes());
        }
        frame[24] = u8::from(fact.purged);
        let digest = fact.payload_digest;
        self.checksum(&[&frame, fact.chain, digest, fact.header, fact.metadata, fact.data])
            .to_be_bytes()
    }

    /// The fact of a row, if the row is what was written.
    pub(super) fn open(&self, raw: &RawFact<'_>) -> Result<Fact, StorageError> {
        let damaged = |what| StorageError::Damaged { position: raw.position, what };
        if self.fact_checksum(raw) != raw.checksum {
            return Err(damaged("its checksum does not match"));
        }
        let (place, stream_length) =
            read_header(raw.header).ok_or_else(|| damaged("its header cannot be read"))?;
        if (place.position, place.revision) != (raw.position, raw.revision) {
            return Err(damaged("it belongs to another place"));
        }
        let (metadata, data): (&[u8], &[u8]) = match raw.purged {
            false => (raw.metadata, raw.data),
            true if is_blank(raw.metadata) && is_blank(raw.data) => (&[], &[]),
            true => return Err(damaged("it is purged and has a payload nevertheless")),
        };
        Ok(Fact::new(place, stream_length, &raw.header[FIXED..], metadata, data))
    }
}

fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| byte == 0)
}

/// The header of `fact`, into `header`.
pub(super) fn write_header(fact: &Fact, header: &mut Vec<u8>) {
    let format = match fact.format {
        Format::Json => JSON,
        Format::Bytes => BYTES,
    };
    let stream_length = u32::try_from(fact.stream().len()).unwrap_or(u32::MAX);
    header.clear();
    header.extend_from_slice(&[LAYOUT, format]);
    header.extend_from_slice(fact.id.as_bytes());
    header.extend_from_slice(&fact.created.to_be_bytes());
    header.extend_from_slice(&fact.position.to_be_bytes());
    header.extend_from_slice(&fact.revision.to_be_bytes());
    header.extend_from_slice(&stream_length.to_be_bytes());
    header.extend_from_slice(fact.stream());
    header.extend_from_slice(fact.kind());
}

fn read_header(header: &[u8]) -> Option<(Place, usize)> {
    let (&layout, rest) = header.split_first()?;
    let (&format, rest) = rest.split_first()?;
    let (id, rest) = rest.split_first_chunk::<16>()?;
    let (created, rest) = rest.split_first_chunk::<8>()?;
    let (position, rest) = rest.split_first_chunk::<8>()?;
    let (revision, rest) = rest.split_first_chunk::<8>()?;
    let (stream_length, names) = rest.split_first_chunk::<4>()?;
    let stream_length = u32::from_be_bytes(*stream_length) as usize;
    let format = match format {
        JSON => Format::Json,
        BYTES => Format::Bytes,
        _ => return None,
    };
    if layout != LAYOUT || stream_length > names.len() {
        return None;
    }
    let place = Place {
        position: u64::from_be_bytes(*position),
        revision: u64::from_be_bytes(*revision),
        id: Uuid::from_bytes(*id),
        created: i64::from_be_bytes(*created),
        format,
    };
    Some((place, stream_length))
}

/// Digest of a fact's payload.
pub(super) fn payload_digest(metadata: &[u8], data: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update((metadata.len() as u64).to_be_bytes())
        .chain_update(metadata)
        .chain_update(data)
        .finalize()
        .into()
}

/// What the fact after `previous` is chained with.
pub(super) fn link(previous: &Chain, header: &[u8], payload_digest: &[u8]) -> Chain {
    Sha256::new()
        .chain_update(previous)
        .chain_update(Sha256::digest(header))
        .chain_update(payload_digest)
        .finalize()
        .into()
}
