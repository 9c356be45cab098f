//! Open sockets and what reaches them.
//!
//! **Invariant:** a notification reaches a socket once and in log order. NATS only says that
//! something is there; what is there, the log says.

mod gateway;
mod hub;
mod socket;

pub use gateway::Gateway;
pub use hub::Hub;

pub(crate) use socket::{Close, converse};
