//! Messages: the state that the rules look at, and one file per command.

use schema::{Fact, MessageFact, MessageSent};

mod mark_message_read;
mod send_message;

pub use mark_message_read::{MarkMessageRead, MarkMessageReadRejected, MarkedRead};
pub use send_message::{SendMessage, SendMessageRejected, Sent};

use crate::State;

/// What the rules need to know about a message.
#[derive(Debug, Default)]
pub(crate) struct Message {
    sent: Option<MessageSent>,
    read: bool,
}

impl State for Message {
    fn evolve(&mut self, _revision: u64, fact: &Fact) {
        let Fact::Message(fact) = fact else { return };
        match fact {
            MessageFact::MessageSent(fact) => self.sent = Some(fact.clone()),
            MessageFact::MessageRead(_) => self.read = true,
        }
    }
}
