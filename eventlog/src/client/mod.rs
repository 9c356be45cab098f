//! A thin wrapper over the official client that carries its defects.
//!
//! **Invariant:** what the official client gives up, loses, hangs on or gets wrong does not pass
//! this door: dead clients are replaced, time-outs are kept, subscriptions resume, and an error
//! says whether anything was written.

mod address;
mod append;
mod batch;
mod carry;
mod copy;
mod diagnosis;
mod failure;
mod known;
mod lanes;
mod link;
mod look;
mod node;
mod order;
mod pace;
mod read;
mod search;
mod source;
mod streams;
mod subscribe;
mod types;
mod wire;

use std::{sync::Arc, time::Duration};

pub use address::ConnectError;
pub use copy::{Copied, CopyError, CopyOptions, copy};
pub use streams::StreamMetadata;
pub use types::{
    AppendError, Appended, Direction, ExpectedRevision, Fact, Filter, NewFact, Position, ReadError,
    Revision, Signal, StreamFrom,
};

use self::{address::Address, batch::Batch, known::Known, lanes::Lanes, link::Link, order::Order};

/// How long to wait for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Until an append is answered. After that its outcome is unknown, if it was sent at all.
    pub append_timeout: Duration,
    /// Until the next fact of a read, and for the sign of life that a silent subscription asks
    /// for. It asks after the same time without a fact.
    pub read_timeout: Duration,
    /// While the log cannot be reached. After that a call fails, and nothing was written. An append
    /// waits no longer than its own time-out for this either.
    pub connect_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            append_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(3),
        }
    }
}

/// The log. Clones share their connections.
#[derive(Clone, Debug)]
pub struct EventLog {
    options: Options,
    /// For all that ends by itself.
    calls: Link,
    /// For what does not: a node takes only so many open calls on one connection, and would let
    /// everything beyond them wait.
    lanes: Arc<Lanes>,
    order: Arc<Order>,
    batch: Arc<Batch>,
    known: Arc<Known>,
}

impl EventLog {
    /// The log at `url`: `esdb://`, `esdb+discover://`, `kurrentdb://`, with credentials and
    /// parameters as the official client knows them.
    ///
    /// It need not be there yet: calls wait for it as [`Options`] say, subscriptions for ever.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] if the string is wrong.
    pub async fn connect(url: &str, options: Options) -> Result<Self, ConnectError> {
        let address = Address::parse(url, options.append_timeout)?;
        let known = Arc::new(Known::new());
        let within = options.connect_timeout;
        let calls = Link::start(address.clone(), within, Arc::clone(&known)).await?;
        let lanes = Arc::new(Lanes::new(address, within, Arc::clone(&known)));
        Ok(Self { options, calls, lanes, order: Arc::default(), batch: Arc::default(), known })
    }
}
