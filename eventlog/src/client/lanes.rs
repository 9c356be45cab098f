//! Connections for subscriptions.
//!
//! **Invariant:** no connection carries more than [`SEATS`] subscriptions. A real node takes 100
//! open calls on one connection and lets any further call wait without a word.

use std::{sync::Arc, time::Duration};

use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

use super::{ConnectError, address::Address, known::Known, link::Link};

/// Subscriptions per connection. Each may have a second call open, which asks for a sign of life;
/// those that do not fit wait for one another.
const SEATS: usize = 80;

/// All connections for subscriptions, opened as they are needed.
#[derive(Debug)]
pub(super) struct Lanes {
    address: Address,
    attempt: Duration,
    known: Arc<Known>,
    open: Mutex<Vec<Lane>>,
}

#[derive(Debug)]
struct Lane {
    link: Link,
    seats: Arc<Semaphore>,
}

/// Room for one subscription, free again when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) link: Link,
    _permit: OwnedSemaphorePermit,
}

impl Lanes {
    pub(super) fn new(address: Address, attempt: Duration, known: Arc<Known>) -> Self {
        Self { address, attempt, known, open: Mutex::default() }
    }

    pub(super) async fn seat(&self) -> Result<Seat, ConnectError> {
        let mut open = self.open.lock().await;
        for lane in open.iter() {
            if let Ok(permit) = Arc::clone(&lane.seats).try_acquire_owned() {
                return Ok(Seat { link: lane.link.clone(), _permit: permit });
            }
        }
        let link = Link::start(self.address.clone(), self.attempt, Arc::clone(&self.known)).await?;
        let seats = Arc::new(Semaphore::new(SEATS));
        let permit = Arc::clone(&seats).try_acquire_owned().expect("a new lane has free seats");
        open.push(Lane { link: link.clone(), seats });
        Ok(Seat { link, _permit: permit })
    }
}
