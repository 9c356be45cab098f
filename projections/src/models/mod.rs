//! The read models: one file each, with its rows, how facts become rows, and how rows are read.

pub(crate) mod about;
pub(crate) mod api_keys;
pub(crate) mod events;
pub(crate) mod left_out;
pub(crate) mod list;
pub(crate) mod machines;
pub(crate) mod messages;
pub(crate) mod moments;
mod past;
pub(crate) mod sessions;
pub(crate) mod users;

use eventlog::Fact as Stored;
use postgres_types::ToSql;
use schema::{ApiKeyFact, EventFact, Fact, MachineFact, MessageFact, SessionFact, UserFact};
use tokio_postgres::{Client, Statement};

pub use self::list::{List, Slice};
use self::users::Change;

/// A table of the read models.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// The columns that tell its rows apart.
    pub(crate) key: &'static str,
    /// Whether it holds, or held, what people have said of themselves or to others: whoever is erased
    /// is swept out of its files.
    pub(crate) personal: bool,
}

/// All tables that are made from the log alone, and so can be made anew and exchanged.
pub(crate) const TABLES: &[Table] = &[
    Table { name: "users", key: "id", personal: true },
    Table { name: "users_history", key: "id, since", personal: true },
    Table { name: "erased_users", key: "id", personal: false },
    Table { name: "sessions", key: "id", personal: true },
    Table { name: "sessions_history", key: "id, since", personal: true },
    Table { name: "events", key: "id", personal: false },
    Table { name: "messages", key: "id", personal: true },
    Table { name: "messages_history", key: "id, since", personal: true },
    Table { name: "vms", key: "id", personal: false },
    Table { name: "vms_history", key: "id, since", personal: false },
    Table { name: "api_keys", key: "number", personal: false },
    Table { name: "api_keys_history", key: "number, since", personal: false },
    Table { name: "left_out", key: "position", personal: false },
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
    api_keys: api_keys::Rows,
}

/// Where a fact stands: in the log, and in its stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    since: i64,
    revision: i64,
}

impl Place {
    pub(crate) fn of(stored: &Stored) -> Self {
        let (position, revision) = (stored.position.0, stored.revision.0);
        Self { since: position.cast_signed(), revision: revision.cast_signed() }
    }
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
    api_keys: api_keys::Statements,
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
            api_keys: api_keys::Statements::prepare(client).await?,
        })
    }
}

impl Rows {
    /// Takes the fact at `place` into account. Every projection takes a view of every fact.
    /// `false`, and nothing is done, where this batch supersedes the row already: no state of it may
    /// be missing from its history.
    pub(crate) fn apply(&mut self, place: Place, fact: &Fact) -> bool {
        let since = place.since;
        match fact {
            Fact::User(UserFact::UserRegistered(fact)) => self.users.registered(place, fact),
            Fact::User(UserFact::UserRoleChanged(fact)) => {
                return self.users.changed(place, fact.user, Some(Change::role(fact)));
            }
            Fact::User(UserFact::UserProfileChanged(fact)) => {
                return self.users.changed(place, fact.user, Change::profile(fact));
            }
            Fact::User(UserFact::UserPasswordChanged(fact)) => {
                return self.users.changed(place, fact.user, Some(Change::password(fact)));
            }
            Fact::User(UserFact::UserActivated(fact)) => {
                return self.users.changed(place, fact.user, Some(Change::activation(fact)));
            }
            Fact::User(UserFact::UserDeactivated(fact)) => {
                return self.users.changed(place, fact.user, Some(Change::deactivation(fact)));
            }
            Fact::User(UserFact::UserClaimed(fact)) => {
                return self.users.changed(place, fact.user, Change::claim(fact));
            }
            Fact::User(UserFact::UserErased(fact)) => self.users.erased(since, fact),
            Fact::Session(SessionFact::UserLoggedIn(fact)) => self.sessions.began(since, fact),
            Fact::Session(SessionFact::SessionEnded(fact)) => {
                return self.sessions.ended(since, fact);
            }
            Fact::Event(EventFact::EventCreated(fact)) => self.events.created(place, fact),
            Fact::Message(MessageFact::MessageSent(fact)) => self.messages.sent(place, fact),
            Fact::Message(MessageFact::MessageRead(fact)) => {
                return self.messages.read(place, fact);
            }
            Fact::Machine(MachineFact::VmCreated(fact)) => self.machines.created(place, fact),
            Fact::Machine(MachineFact::VmChanged(fact)) => {
                return self.machines.changed(place, fact);
            }
            Fact::Machine(MachineFact::VmAttached(fact)) => {
                return self.machines.attached(place, fact);
            }
            Fact::Machine(MachineFact::VmStopped(fact)) => {
                return self.machines.stopped(place, fact);
            }
            Fact::Machine(MachineFact::VmDeleted(fact)) => {
                return self.machines.deleted(since, fact);
            }
            Fact::ApiKey(ApiKeyFact::ApiKeyIssued(fact)) => self.api_keys.issued(since, fact),
            Fact::ApiKey(ApiKeyFact::ApiKeySeen(fact)) => return self.api_keys.seen(since, fact),
            Fact::ApiKey(ApiKeyFact::ApiKeyRevoked(fact)) => {
                return self.api_keys.revoked(since, fact);
            }
            // Who is an administrator stands in the accounts.
            Fact::User(
                UserFact::UserPasswordRehashed(_)
                | UserFact::UserSessionsEnded(_)
                | UserFact::DirectorySpellingAdded(_)
                | UserFact::ResetLinkIssued(_)
                | UserFact::ResetLinkUsed(_)
                | UserFact::ErasureCompleted(_),
            )
            | Fact::Session(
                SessionFact::SessionRefreshed(_)
                | SessionFact::SessionSeen(_)
                | SessionFact::RefreshReuseDetected(_)
                | SessionFact::SocketTicketUsed(_),
            )
            | Fact::Roster(_)
            | Fact::Claim(_)
            | Fact::Attempt(_)
            | Fact::Audit(_)
            | Fact::Log(_) => {}
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
            self.api_keys.inserts(&statements.api_keys),
            self.users.changes(&statements.users),
            self.sessions.changed(&statements.sessions),
            self.messages.changed(&statements.messages),
            self.machines.changes(&statements.machines),
            self.api_keys.changes(&statements.api_keys),
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
