//! The connections that read.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::Connection;
use tokio::{sync::Semaphore, task::spawn_blocking};

use super::{Seal, Snapshot, StorageError, open_reader};
use crate::server::{alarm::Alarm, tail::Tail};

/// How many reads touch the file at a time.
const READERS_MAX: usize = 4;

/// A few connections, lent to one page at a time: a slow caller never holds one, and so never
/// keeps the write-ahead log from being folded into the database.
#[derive(Clone, Debug)]
pub(crate) struct Readers {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    file: PathBuf,
    seal: Seal,
    alarm: Alarm,
    tail: Arc<Tail>,
    idle: Mutex<Vec<Connection>>,
    permits: Semaphore,
}

impl Readers {
    /// Readers of `file`, which ends with `tail`. They raise the `alarm` when they come upon damage.
    pub(crate) fn new(file: PathBuf, seal: Seal, alarm: Alarm, tail: Arc<Tail>) -> Self {
        let (idle, permits) = (Mutex::default(), Semaphore::new(READERS_MAX));
        Self { shared: Arc::new(Shared { file, seal, alarm, tail, idle, permits }) }
    }

    /// Run `read` on a view of the file that does not change meanwhile. What it finds is durable
    /// when this returns. Who waits for that leaves the connection to others.
    pub(crate) async fn read<T, F>(&self, read: F) -> Result<T, StorageError>
    where
        T: Send + 'static,
        F: FnOnce(&Snapshot<'_>) -> Result<T, StorageError> + Send + 'static,
    {
        let answer = self.read_durable(read).await?;
        let Shared { alarm, tail, .. } = &*self.shared;
        if !tail.is_settled() {
            tokio::select! {
                biased;
                () = tail.settled() => {}
                () = alarm.raised() => return Err(StorageError::Unkept),
            }
        }
        Ok(answer)
    }

    /// Run a `read` that goes no further than the [head](Tail::head). What it finds is durable
    /// already, so that it waits for no disk, however slow that is.
    pub(crate) async fn read_durable<T, F>(&self, read: F) -> Result<T, StorageError>
    where
        T: Send + 'static,
        F: FnOnce(&Snapshot<'_>) -> Result<T, StorageError> + Send + 'static,
    {
        let shared = Arc::clone(&self.shared);
        let _permit = self.shared.permits.acquire().await.expect("the semaphore is never closed");
        let answer = spawn_blocking(move || shared.read(read)).await;
        answer
            .unwrap_or(Err(StorageError::Stopped))
            .inspect_err(|error| self.shared.alarm.raise_if_damage(error))
    }
}

impl Shared {
    fn read<T, F>(&self, read: F) -> Result<T, StorageError>
    where
        F: FnOnce(&Snapshot<'_>) -> Result<T, StorageError>,
    {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => open_reader(&self.file)?,
        };
        let tx = connection.transaction()?;
        let answer = read(&Snapshot::new(&tx, &self.seal));
        tx.commit()?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        answer
    }
}

#[cfg(test)]
mod tests;
