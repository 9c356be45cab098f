//! `users.v1`: the accounts.

mod change;
mod erase;
mod query;

use chrono::{DateTime, Utc};
use schema::{UserErased, UserId, UserRegistered};
use tokio_postgres::{Client, Statement};

pub(super) use change::Change;
pub use query::{Bootstrap, User, UsersQuery};

use super::{Place, Write};

const INSERT: &str = "
    INSERT INTO users (id, email, username, username_folded, created_at, since, phone_number,
                       contact_email, has_password, revision, updated_at)
    SELECT *, r.created_at
    FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::bigint[],
                $7::text[], $8::text[], $9::boolean[], $10::bigint[])
        AS r (id, email, username, username_folded, created_at, since, phone_number,
              contact_email, has_password, revision)
    WHERE NOT EXISTS (SELECT FROM erased_users e WHERE e.id = r.id)";

pub(super) struct Statements {
    insert: Statement,
    change: Statement,
    erase: erase::Statements,
}

impl Statements {
    pub(super) async fn prepare(client: &Client) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            insert: client.prepare(INSERT).await?,
            change: client.prepare(change::CHANGE).await?,
            erase: erase::Statements::prepare(client).await?,
        })
    }
}

#[derive(Debug, Default)]
pub(super) struct Rows {
    registered: Registered,
    changes: change::Changes,
    erased: erase::Erased,
}

#[derive(Debug, Default)]
struct Registered {
    id: Vec<i64>,
    email: Vec<Option<String>>,
    username: Vec<String>,
    username_folded: Vec<String>,
    created_at: Vec<DateTime<Utc>>,
    since: Vec<i64>,
    phone_number: Vec<Option<String>>,
    contact_email: Vec<Option<String>>,
    has_password: Vec<bool>,
    revision: Vec<i64>,
}

impl Rows {
    /// An account whose key is gone leaves no row.
    pub(super) fn registered(&mut self, place: Place, fact: &UserRegistered) {
        let Some(personal) = fact.personal.clear() else { return };
        self.registered.id.push(fact.user.0);
        self.registered.email.push(personal.email.clone());
        self.registered.username.push(personal.username.clone());
        self.registered.username_folded.push(query::folded(&personal.username));
        self.registered.created_at.push(fact.at);
        self.registered.since.push(place.since);
        self.registered.revision.push(place.revision);
        self.registered.phone_number.push(personal.phone_number.clone());
        self.registered.contact_email.push(personal.contact_email.clone());
        self.registered.has_password.push(personal.password_hash.is_some());
    }

    pub(super) fn changed(&mut self, place: Place, user: UserId, change: Option<Change>) -> bool {
        match change {
            Some(change) => self.changes.add(place, user, change),
            // Their key is gone: there is no row to change.
            None => true,
        }
    }

    pub(super) fn erased(&mut self, since: i64, fact: &UserErased) {
        self.erased.add(since, fact.user);
    }

    pub(super) fn inserts<'a>(&'a self, statements: &'a Statements) -> Option<Write<'a>> {
        let rows = &self.registered;
        (!rows.id.is_empty()).then(|| Write {
            statement: &statements.insert,
            values: vec![
                &rows.id,
                &rows.email,
                &rows.username,
                &rows.username_folded,
                &rows.created_at,
                &rows.since,
                &rows.phone_number,
                &rows.contact_email,
                &rows.has_password,
                &rows.revision,
            ],
        })
    }

    pub(super) fn changes<'a>(&'a self, statements: &'a Statements) -> Option<Write<'a>> {
        self.changes.write(&statements.change)
    }

    /// What is left of those who are erased goes, wherever it stands; written after everything else.
    pub(super) fn erasures<'a>(&'a self, statements: &'a Statements) -> Vec<Write<'a>> {
        self.erased.writes(&statements.erase)
    }
}
