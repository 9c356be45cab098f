//! Open sockets and what reaches them.
//!
//! **Invariant:** a notification reaches a socket once and in log order. NATS only says that
//! something is there; what is there, the log says. A socket that does not read delays nobody.

mod audience;
mod backlog;
mod bells;
mod channel;
mod close;
mod framer;
mod gateway;
mod hub;
mod lookout;
mod pace;
mod seat;
mod socket;
#[cfg(test)]
mod tests;

pub use gateway::Gateway;
pub use hub::Hub;

pub(crate) use audience::{Audience, Claims};
pub(crate) use backlog::{About, Frame};
pub(crate) use close::Close;
pub(crate) use hub::Limits;
pub(crate) use pace::Pace;
pub(crate) use seat::Seat;
pub(crate) use socket::{Heard, converse, say_goodbye, upgraded, write};
