//! The read models: one file each, with its rows, how facts become rows, and how rows are read.

pub(crate) mod events;
pub(crate) mod left_out;
pub(crate) mod list;
pub(crate) mod machines;
pub(crate) mod messages;
pub(crate) mod sessions;
pub(crate) mod users;

use eventlog::Fact as Stored;
use postgres_types::ToSql;
use schema::Fact;
use tokio_postgres::{Client, Statement};

pub use self::list::{List, Slice};
use self::users::Change;

/// A table of the read models.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// The columns that tell its rows apart.
    pub(crate) key: &'static str,
}

/// All tables that are made from the log alone, and so can be made anew and exchanged.
pub(crate) const TABLES: &[Table] = &[
    Table { name: "users", key: "id" },
    Table { name: "users_history", key: "id, since" },
    Table { name: "erased_users", key: "id" },
    Table { name: "sessions", key: "id" },
    Table { name: "sessions_history", key: "id, since" },
    Table { name: "events", key: "id" },
    Table { name: "messages", key: "id" },
    Table { name: "messages_history", key: "id, since" },
    Table { name: "vms", key: "id" },
    Table { name: "vms_history", key: "id, since" },
    Table { name: "left_out", key: "position" },
];

/// An answer of the read models, and the position of the log that it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read<T> {
    /// What was asked for.
    pub value: T,
    /// Everything up to here has been taken into account.
    pub position: u64,
}

/// What one batch of facts does to the rows. New rows are written first, so that a later fact of
/// the same batch finds the row that it supersedes.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    users: users::Rows,
    sessions: sessions::Rows,
    events: events::Rows,
    messages: messages::Rows,
    left_out: left_out::Rows,
    machines: machines::Rows,
}

/// A prepared statement and its values.
pub(crate) struct Write<'a> {
    pub(crate) statement: &'a Statement,
    pub(crate) values: Vec<&'a (dyn ToSql + Sync)>,
}

/// The statements that write rows, prepared once for a connection.
pub(crate) struct Statements {
    users: users::Statements,
    sessions: sessions::Statements,
    events: Statement,
    messages: messages::Statements,
    left_out: left_out::Statements,
    machines: machines::Statements,
}

impl Statements {
    pub(crate) async fn prepare(client: &Client) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            users: users::Statements::prepare(client).await?,
            sessions: sessions::Statements::prepare(client).await?,
            events: client.prepare(events::INSERT).await?,
            messages: messages::Statements::prepare(client).await?,
            left_out: left_out::Statements::prepare(client).await?,
            machines: machines::Statements::prepare(client).await?,
        })
    }
}

impl Rows {
    /// Takes the fact at `position` into account. Every projection takes a view of every fact.
    /// `false`, and nothing is done, where this batch supersedes the row already: no state of it may
    /// be missing from its history.
    pub(crate) fn apply(&mut self, position: u64, fact: &Fact) -> bool {
        let since = position.cast_signed();
        match fact {
            Fact::UserRegistered(fact) => self.users.registered(since, fact),
            Fact::UserRoleChanged(fact) => {
                return self.users.changed(since, fact.user, Some(Change::role(fact)));
            }
            Fact::UserProfileChanged(fact) => {
                return self.users.changed(since, fact.user, Change::profile(fact));
            }
            Fact::UserPasswordChanged(fact) => {
                return self.users.changed(since, fact.user, Some(Change::password(fact)));
            }
            Fact::UserActivated(fact) => {
                return self.users.changed(since, fact.user, Some(Change::activation(fact)));
            }
            Fact::UserDeactivated(fact) => {
                return self.users.changed(since, fact.user, Some(Change::deactivation(fact)));
            }
            Fact::UserClaimed(fact) => {
                return self.users.changed(since, fact.user, Change::claim(fact));
            }
            Fact::UserErased(fact) => self.users.erased(since, fact),
            Fact::UserLoggedIn(fact) => self.sessions.began(since, fact),
            Fact::SessionEnded(fact) => return self.sessions.ended(since, fact),
            Fact::EventCreated(fact) => self.events.created(since, fact),
            Fact::MessageSent(fact) => self.messages.sent(since, fact),
            Fact::MessageRead(fact) => return self.messages.read(since, fact),
            Fact::VmCreated(fact) => self.machines.created(since, fact),
            Fact::VmChanged(fact) => return self.machines.changed(since, fact),
            Fact::VmAttached(fact) => return self.machines.attached(since, fact),
            Fact::VmStopped(fact) => return self.machines.stopped(since, fact),
            Fact::VmDeleted(fact) => return self.machines.deleted(since, fact),
            // Who is an administrator stands in the accounts.
            Fact::AdminAdded(_)
            | Fact::AdminRemoved(_)
            | Fact::ClaimTaken(_)
            | Fact::ClaimVoided(_)
            | Fact::DataKeyCreated(_)
            | Fact::IdsReserved(_)
            | Fact::LogFounded(_)
            | Fact::UserPasswordRehashed(_)
            | Fact::UserSessionsEnded(_)
            | Fact::DirectorySpellingAdded(_)
            | Fact::ErasureCompleted(_)
            | Fact::AuditQueried(_)
            | Fact::SessionRefreshed(_)
            | Fact::RefreshReuseDetected(_)
            | Fact::LoginAttempted(_)
            | Fact::LoginDecided(_) => {}
        }
        true
    }

    /// Takes note that `stored` cannot be applied.
    pub(crate) fn leave_out(&mut self, stored: &Stored, reason: &str) {
        self.left_out.add(stored, reason);
    }

    /// Takes note that the fact at `position` of `stream` is applied now, or is nowhere any more.
    pub(crate) fn make_up_for(&mut self, position: i64, stream: &str) {
        self.left_out.remove(position, stream);
    }

    /// What has to be written, in this order.
    pub(crate) fn writes<'a>(&'a self, statements: &'a Statements) -> Vec<Write<'a>> {
        let writes = [
            self.users.inserts(&statements.users),
            self.sessions.inserts(&statements.sessions),
            self.events.inserts(&statements.events),
            self.messages.inserts(&statements.messages),
            self.machines.inserts(&statements.machines),
            self.users.changes(&statements.users),
            self.sessions.changed(&statements.sessions),
            self.messages.changed(&statements.messages),
            self.machines.changes(&statements.machines),
            self.machines.deletions(&statements.machines),
        ];
        let erasures = self.users.erasures(&statements.users);
        let left_out = self.left_out.writes(&statements.left_out);
        writes.into_iter().flatten().chain(erasures).chain(left_out).collect()
    }
}

/// The position that stands first in each answer; 0 before the first fact.
fn position(row: Option<&tokio_postgres::Row>) -> u64 {
    row.map_or(0, |row| row.get::<_, i64>(0).cast_unsigned())
}

#[cfg(test)]
mod tests;
