//! Every limit of the system, in one place, with where it comes from.

mod accounts;
mod http;
mod log;
mod projections;
mod sockets;
mod texts;

pub use accounts::*;
pub use http::*;
pub use log::*;
pub use projections::*;
pub use sockets::*;
pub use texts::*;
