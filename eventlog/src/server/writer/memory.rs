//! What the writer remembers.

use uuid::Uuid;

use super::generations::Generations;
use crate::server::storage::{Chain, Seen, Snapshot, StorageError, StreamRow};

/// How many streams of a generation are remembered.
const STREAMS_MAX: usize = 8_192;
/// How many ids of a generation are remembered to know repetitions by.
const IDS_MAX: usize = 16_384;
/// How many of the newest ids are looked up when the log starts.
const IDS_WARM: usize = 4_096;

/// What the writer remembers from one group to the next. All of it stands in the file as well.
#[derive(Debug)]
pub(super) struct Memory {
    pub(super) streams: Generations<String, Kept>,
    pub(super) ids: Generations<(i64, Uuid), u64>,
    pub(super) position: u64,
    pub(super) chain: Chain,
    pub(super) last_stream: i64,
}

/// What is kept about a stream.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Kept {
    pub(super) row: StreamRow,
    /// What the file says, if that is to be changed.
    pub(super) before: Option<StreamRow>,
}

impl Memory {
    /// As the file says.
    pub(super) fn load(file: &Snapshot<'_>) -> Result<Self, StorageError> {
        let (position, chain) = file.head()?;
        let mut ids = Generations::new(IDS_MAX);
        for (stream, id, revision) in file.newest_ids(IDS_WARM)?.into_iter().rev() {
            ids.insert((stream, id), revision);
        }
        let streams = Generations::new(STREAMS_MAX);
        Ok(Self { streams, ids, position, chain, last_stream: file.last_stream_id()? })
    }

    /// The end of the log.
    pub(super) fn head(&self) -> Seen {
        Seen { position: self.position, chain: self.chain }
    }

    /// Forget what has not been used lately. Only between groups.
    pub(super) fn age(&mut self) {
        self.streams.age();
        self.ids.age();
    }
}
