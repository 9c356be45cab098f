//! The write side: commands in, facts out.
//!
//! Each rule is pure (`decision`) and tested by listing past facts and expected new ones.
//! Around it, a command loads streams **from the log**, folds them, decides, and appends at the
//! revision it read.
//!
//! **Invariant:** nothing here reads a read model or publishes to the bus. With Postgres and NATS
//! gone, commands are still accepted. A rule reads no clock and no random source: what it needs
//! arrives as a parameter.

mod attempts;
mod audit;
mod claims;
mod decision;
mod error;
mod failpoints;
mod foundation;
mod handler;
mod ids;
mod journal;
mod password;
mod queues;
mod random;
mod replay;
mod request;
mod rewrap;
mod roster;
mod telling;
#[cfg(test)]
mod testing;

pub mod apikey;
pub mod event;
pub mod machine;
pub mod message;
pub mod session;
pub mod user;

pub use audit::{Inquirer, QueryAudit, QueryAuditRejected};
pub use decision::State;
pub use error::{ExecuteError, LogFailure};
pub use foundation::{FoundationError, found, foundation, renew};
pub use handler::Commands;
pub use journal::{Journal, JournalError, Journalled};
pub use password::HashPool;
pub use replay::Replayed;
pub use request::{Kept, KeyReused, Request, Seen, Sent};
pub use rewrap::rewrap;
pub use telling::About;
