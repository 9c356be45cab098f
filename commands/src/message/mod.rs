//! Messages: one file per command.

mod send_message;

pub use send_message::{SendMessage, SendMessageRejected, Sent};
