//! How often one address, and one network, may get it wrong, and how many sockets they may hold.
//!
//! Only outcomes count: wrong passwords, and refusals that tell a stranger something about others.
//! Whoever succeeds costs nothing, however often. This stands beside the limit of each account,
//! which the log keeps: that one stops guesses at one person from everywhere, this one stops guesses
//! at everybody from one place.
//!
//! **Invariant:** what is counted here lives in this process alone and is gone with it; nothing but
//! an answer of 429 follows from it.

mod offence;
mod places;
mod retry_after;
mod throttle;
mod visitor;

pub(crate) use self::{offence::Offence, places::Place, retry_after::RetryAfter, visitor::Visitor};
pub use self::{places::SocketLimits, throttle::Throttle};
