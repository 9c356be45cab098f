//! The harness of the end-to-end tests: the whole service as its users run it, on free ports and a
//! data directory of its own.
//!
//! Helpers return data; tests assert. What a test waits for is an answer, a frame or an exit, never
//! a time.

mod client;
mod service;
mod socket;
mod stream;
mod traces;

pub use client::{Answer, Client};
pub use service::{ADMINISTRATOR, Exit, Service, patient, registre, tool, until};
pub use socket::Socket;
pub use stream::{Event, Events};
pub use traces::found_below;
