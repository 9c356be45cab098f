//! The event log: how it is reached, and the log itself where there is no cluster.
//!
//! [`EventLog`] is the only door to the log for the rest of the house. It speaks `EventStoreDB`'s
//! gRPC protocol through the official client, whether the other side is a `KurrentDB` cluster or
//! the embedded single-node log of this crate (`server`, feature `server`).
//!
//! **Invariant:** this room stores bytes. It knows streams and revisions, never a message, a person
//! or a rule.

mod client;
#[cfg(feature = "server")]
pub mod server;

pub use client::*;
