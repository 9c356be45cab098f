//! Who hears what.

use schema::{News, UserId};

/// Those who hear the same. Their sockets share one queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Audience {
    /// Whoever listens at a façade, known or not.
    Everyone,
    /// One person, at a façade.
    Person(UserId),
    /// Whoever follows the native stream with the same claims.
    Stream(Claims),
}

/// What a follower of the native stream has proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Claims {
    /// The person; none for a program with a key of its own.
    pub(crate) person: Option<UserId>,
}

impl Audience {
    /// Whom `news` is for at the façades.
    pub(super) fn of(news: &News) -> Self {
        match news {
            News::NewMessage(message) => Self::Person(message.receiver_id),
            News::MessageRead(receipt) => Self::Person(receipt.sender_id),
            News::UserRegistered(_) | News::UserLogin(_) => Self::Everyone,
        }
    }

    /// Whether `news` is for them. Asked for each fact anew, whether it is live or from the log.
    pub(super) fn hears(self, news: &News) -> bool {
        match self {
            Self::Everyone | Self::Person(_) => Self::of(news) == self,
            Self::Stream(claims) => claims.allow(news),
        }
    }
}

impl Claims {
    /// Whether whoever has proven this may know of `news`: of registrations and logins anybody who
    /// is known, of a message its receiver alone, and that it was read its sender alone.
    pub(super) fn allow(self, news: &News) -> bool {
        match news {
            News::NewMessage(message) => self.person == Some(message.receiver_id),
            News::MessageRead(receipt) => self.person == Some(receipt.sender_id),
            News::UserRegistered(_) | News::UserLogin(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use schema::{MessageId, NewMessage, News, Personal, Receipt, Somebody, UserId};

    use super::{Audience, Claims};

    const ADA: UserId = UserId(7);
    const BOB: UserId = UserId(8);

    #[test]
    fn each_fact_is_for_those_whose_claims_allow_it() {
        let message = News::NewMessage(NewMessage {
            message_id: MessageId(1),
            sender_id: BOB,
            receiver_id: ADA,
            personal: Personal::Sealed(String::new()),
        });
        let read =
            News::MessageRead(Receipt { message_id: MessageId(1), sender_id: BOB, reader_id: ADA });
        let registered = News::UserRegistered(Somebody { user_id: BOB });
        let login = News::UserLogin(Somebody { user_id: BOB });
        let person = |person| Audience::Stream(Claims { person: Some(person) });
        let program = Audience::Stream(Claims { person: None });
        for (audience, hears_message, hears_people) in [
            (Audience::Everyone, false, true),
            (Audience::Person(ADA), true, false),
            (Audience::Person(BOB), false, false),
            (person(ADA), true, true),
            (person(BOB), false, true),
            (program, false, true),
        ] {
            assert_eq!(audience.hears(&message), hears_message, "{audience:?}");
            let wrote = [Audience::Person(BOB), person(BOB)].contains(&audience);
            assert_eq!(audience.hears(&read), wrote, "{audience:?}");
            assert_eq!(audience.hears(&registered), hears_people, "{audience:?}");
            assert_eq!(audience.hears(&login), hears_people, "{audience:?}");
        }
    }
}
