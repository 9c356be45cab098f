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
mod password;
mod random;
mod request;
mod roster;
#[cfg(test)]
mod testing;

pub mod event;
pub mod machine;
pub mod message;
pub mod session;
pub mod user;

pub use audit::{QueryAudit, QueryAuditRejected};
pub use decision::State;
pub use error::{ExecuteError, LogFailure};
pub use foundation::{FoundationError, found, foundation, renew};
pub use handler::Commands;
pub use password::HashPool;
pub use request::Request;
