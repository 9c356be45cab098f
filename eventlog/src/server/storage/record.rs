//! How a fact is laid out and sealed in the file.
//!
//! Each fact is two strings of bytes, because each further one takes its time with every append and
//! every read. The header and the payload are stored as the very bytes that the chain covers:
//!
//! ```text
//! seal:    checksum 4 · chain 32 · payload digest 32 · header
//! payload: metadata length 8 · metadata · data
//! header:  layout 1 · format 1 · id 16 · created 8 · position 8 · revision 8 · stream length 4 · stream · type
//! ```
//!
//! Each fact carries `chain = H(previous chain ‖ H(header) ‖ H(payload))` with SHA-256, and a CRC-32
//! over all of that and the log's id. The checksum is what each read looks at; the chain is for whoever walks the whole log.
//!
//! **Invariant:** the chain needs a payload's digest, not the payload, so that a fact can be purged
//! and the chain still closes. Zeroes stand in place of a purged payload, and nothing else may:
//! what the chain does not vouch for is not served.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::StorageError;
use crate::server::fact::{Fact, FactRef, Format, Place};

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
    pub(super) seal: &'row [u8],
    pub(super) payload: &'row [u8],
}

/// What a row's `seal` consists of.
#[derive(Debug)]
pub(super) struct Sealed<'row> {
    pub(super) chain: &'row Chain,
    pub(super) payload_digest: &'row Digest32,
    pub(super) header: &'row [u8],
}

/// Digest of a fact's payload.
pub(super) type Digest32 = [u8; 32];

const CHECKSUM: usize = 4;
const CHAIN: usize = CHECKSUM + 32;
const DIGEST: usize = CHAIN + 32;

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

    /// The checksum of a row with this `seal`, which has room for it, and this `payload`.
    pub(super) fn fact_checksum(
        &self,
        purged: bool,
        seal: &[u8],
        payload: &[u8],
    ) -> [u8; CHECKSUM] {
        let mut frame = [0; 17];
        for (slot, length) in frame.chunks_exact_mut(8).zip([seal.len(), payload.len()]) {
            slot.copy_from_slice(&(length as u64).to_be_bytes());
        }
        frame[16] = u8::from(purged);
        self.checksum(&[&frame, &seal[CHECKSUM..], payload]).to_be_bytes()
    }

    /// Seal `fact`, which comes after `previous`, into `seal` and `payload`. Returns what the next
    /// one is chained to.
    pub(super) fn close(
        &self,
        previous: &Chain,
        fact: &Fact,
        seal: &mut Vec<u8>,
        payload: &mut Vec<u8>,
    ) -> Chain {
        payload.clear();
        payload.extend_from_slice(&(fact.metadata().len() as u64).to_be_bytes());
        payload.extend_from_slice(fact.metadata());
        payload.extend_from_slice(fact.data());
        seal.clear();
        seal.resize(DIGEST, 0);
        write_header(fact, seal);
        let digest = payload_digest(payload);
        let chain = link(previous, &seal[DIGEST..], &digest);
        seal[CHECKSUM..CHAIN].copy_from_slice(&chain);
        seal[CHAIN..DIGEST].copy_from_slice(&digest);
        let checksum = self.fact_checksum(false, seal, payload);
        seal[..CHECKSUM].copy_from_slice(&checksum);
        chain
    }

    /// The seal of a row that was opened, once its payload is purged.
    pub(super) fn of_purged(&self, raw: &RawFact<'_>) -> Vec<u8> {
        let mut seal = raw.seal.to_vec();
        let checksum = self.fact_checksum(true, &seal, &vec![0; raw.payload.len()]);
        seal[..CHECKSUM].copy_from_slice(&checksum);
        seal
    }

    /// The fact of a row, if the row is what was written.
    pub(super) fn open<'row>(&self, raw: &RawFact<'row>) -> Result<FactRef<'row>, StorageError> {
        let damaged = |what| StorageError::Damaged { position: raw.position, what };
        let sealed = raw.sealed()?;
        let checksum = self.fact_checksum(raw.purged, raw.seal, raw.payload);
        if checksum != raw.seal[..CHECKSUM] {
            return Err(damaged("its checksum does not match"));
        }
        let (place, stream_length) =
            read_header(sealed.header).ok_or_else(|| damaged("its header cannot be read"))?;
        if (place.position, place.revision) != (raw.position, raw.revision) {
            return Err(damaged("it belongs to another place"));
        }
        let (metadata, data): (&'row [u8], &'row [u8]) = match raw.purged {
            false => {
                read_payload(raw.payload).ok_or_else(|| damaged("its payload cannot be read"))?
            }
            true if is_blank(raw.payload) => (&[], &[]),
            true => return Err(damaged("it is purged and has a payload nevertheless")),
        };
        let (stream, kind) = sealed.header[FIXED..].split_at(stream_length);
        Ok(FactRef { place, stream, kind, metadata, data })
    }
}

impl<'row> RawFact<'row> {
    /// What its seal consists of, unless that is too short to be one.
    pub(super) fn sealed(&self) -> Result<Sealed<'row>, StorageError> {
        let parts = || {
            let (_checksum, rest) = self.seal.split_first_chunk::<CHECKSUM>()?;
            let (chain, rest) = rest.split_first_chunk()?;
            let (payload_digest, header) = rest.split_first_chunk()?;
            Some(Sealed { chain, payload_digest, header })
        };
        let (position, what) = (self.position, "its seal is too short");
        parts().ok_or(StorageError::Damaged { position, what })
    }
}

/// Metadata and data.
fn read_payload(payload: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = payload.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u64::from_be_bytes(*length)).ok()?)
}

fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| byte == 0)
}

/// Add the header of `fact` to `header`.
fn write_header(fact: &Fact, header: &mut Vec<u8>) {
    let format = match fact.format {
        Format::Json => JSON,
        Format::Bytes => BYTES,
    };
    let stream_length = u32::try_from(fact.stream().len()).unwrap_or(u32::MAX);
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

/// What stands for a payload in the chain.
pub(super) fn payload_digest(payload: &[u8]) -> Digest32 {
    Sha256::digest(payload).into()
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
