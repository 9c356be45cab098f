//! Who hears what.

use schema::{News, UserId};

/// Those who hear the same. Their sockets share one queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Audience {
    /// Whoever listens, known or not.
    Everyone,
    /// One person.
    Person(UserId),
}

impl Audience {
    /// Whom `news` is for.
    pub(super) fn of(news: &News) -> Self {
        match news {
            News::NewMessage(message) => Self::Person(message.receiver_id),
            News::MessageRead(receipt) => Self::Person(receipt.sender_id),
            News::UserRegistered(_) | News::UserLogin(_) => Self::Everyone,
        }
    }
}
