//! The read side: facts in, Postgres rows and notifications out.
//!
//! The projector turns batches of facts into rows; rows and checkpoint change in one transaction.
//! The relay rings the bell on NATS. The `query` functions of each read model are what `api` reads.
//!
//! **Invariant:** a projection never refuses: what it reads has already happened. Rebuilding from
//! the log gives the same rows, and publishes nothing.

mod backoff;
mod chain;
mod checkpoint;
mod completeness;
mod database;
mod models;
mod panicked;
mod progress;
mod projector;
mod rebuild;
mod relay;
mod space;
mod sweep;
#[cfg(test)]
mod testing;

pub mod merkle;

pub use chain::Chain;
pub use checkpoint::{CheckpointError, forget_foreign};
pub use completeness::{Completeness, Reference};
pub use database::{DatabaseError, Pool, migrate, pool};
pub use models::{
    List, Read, Slice,
    about::AboutQuery,
    api_keys::{ApiKey, ApiKeysQuery},
    events::{Event, EventsQuery},
    left_out::{LeftOut, LeftOutQuery, Quarantined},
    machines::{Machine, MachinesQuery},
    messages::{Message, MessageBox, MessagesQuery, Received},
    moments::MomentsQuery,
    sessions::{Begun, SessionsQuery},
    users::{Bootstrap, User, UsersQuery},
};
pub use panicked::{Panicked, or_panicked};
pub use progress::Progress;
pub use projector::{Projector, ProjectorError, ProjectorState};
pub use rebuild::{Course, Difference, Differences, Place, Places, Rebuild, RebuildError, Rebuilt};
pub use relay::{Relay, RelayError};
pub use sweep::{Swept, sweep, unswept};
