//! What every call has at hand.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::sync::{Semaphore, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use super::{
    alarm::Alarm, net::Credentials, room::Room, storage::Readers, tail::Tail, writer::Queue,
};

/// The log, as calls see it.
#[derive(Debug)]
pub(crate) struct Log {
    /// The way to change it.
    pub(crate) queue: Queue,
    /// The way to read it.
    pub(crate) readers: Readers,
    /// Its newest facts and its head.
    pub(crate) tail: Arc<Tail>,
    /// Who may call.
    pub(crate) credentials: Credentials,
    /// How many patterns of filters are tried at a time.
    pub(crate) patterns: Semaphore,
    /// How many reads and subscriptions may be open.
    pub(crate) reads: Arc<Semaphore>,
    /// Room for appends that are under way.
    pub(crate) room: Room,
    /// Everything that has to end before the log does.
    pub(crate) tasks: TaskTracker,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Which run of the log this is.
    pub(crate) instance: Uuid,
    /// What keeps it from being written, or from being served at all.
    pub(crate) alarm: Alarm,
    /// How long it took to look at everything that was there at the start.
    pub(crate) inspected: watch::Sender<Option<Duration>>,
    /// Set once the log is to end: subscriptions end, and nothing new begins.
    pub(crate) stopping: CancellationToken,
    /// Set once it has waited long enough for what was under way.
    pub(crate) killed: CancellationToken,
}
