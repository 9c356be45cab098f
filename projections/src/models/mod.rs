//! The read models: one file each, with its rows, how facts become rows, and how rows are read.

pub(crate) mod events;
pub(crate) mod messages;
pub(crate) mod sessions;
pub(crate) mod users;

use schema::Fact;
use tokio_postgres::Transaction;

/// An answer of the read models, and the position of the log that it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read<T> {
    /// What was asked for.
    pub value: T,
    /// Everything up to here has been taken into account.
    pub position: u64,
}

/// The rows that one batch of facts adds.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    users: users::Rows,
    sessions: sessions::Rows,
    events: events::Rows,
    messages: messages::Rows,
}

impl Rows {
    /// Takes the fact at `position` into account. Every projection takes a view of every fact.
    pub(crate) fn apply(&mut self, position: u64, fact: &Fact) {
        let since = position.cast_signed();
        match fact {
            Fact::UserRegistered(fact) => self.users.registered(since, fact),
            Fact::UserLoggedIn(fact) => self.sessions.began(since, fact),
            Fact::EventCreated(fact) => self.events.created(since, fact),
            Fact::MessageSent(fact) => self.messages.sent(since, fact),
            Fact::UserRoleChanged(_)
            | Fact::SessionEnded(_)
            | Fact::MessageRead(_)
            | Fact::AdminAdded(_)
            | Fact::AdminRemoved(_)
            | Fact::ClaimTaken(_)
            | Fact::ClaimVoided(_)
            | Fact::VmCreated(_)
            | Fact::VmChanged(_)
            | Fact::VmAttached(_)
            | Fact::VmStopped(_)
            | Fact::VmDeleted(_)
            | Fact::DataKeyCreated(_)
            | Fact::IdsReserved(_)
            | Fact::LogFounded(_)
            | Fact::LoginAttempted(_)
            | Fact::LoginDecided(_) => {}
        }
    }

    pub(crate) async fn write(&self, tx: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
        self.users.write(tx).await?;
        self.sessions.write(tx).await?;
        self.events.write(tx).await?;
        self.messages.write(tx).await
    }
}

/// The position that stands first in each answer; 0 before the first fact.
fn position(row: Option<&tokio_postgres::Row>) -> u64 {
    row.map_or(0, |row| row.get::<_, i64>(0).cast_unsigned())
}
