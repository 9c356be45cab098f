//! `users.v1`: the accounts.

mod query;

use chrono::{DateTime, Utc};
use schema::{UserRegistered, UserRoleChanged};
use tokio_postgres::{Client, Statement};

pub use query::{Bootstrap, User, UsersQuery};

use super::Write;

const INSERT: &str = "
    INSERT INTO users (id, email, username, username_folded, created_at, since)
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[],
                         $5::timestamptz[], $6::bigint[])";

const CHANGE_ROLE: &str = "
    WITH change AS (
        SELECT * FROM unnest($1::bigint[], $2::text[], $3::boolean[], $4::bigint[])
            AS c (id, role, bootstrap, since)
    ), superseded AS (
        INSERT INTO users_history
            (id, email, username, username_folded, created_at, role, bootstrap, since, until)
        SELECT u.id, u.email, u.username, u.username_folded, u.created_at, u.role, u.bootstrap,
               u.since, c.since
        FROM change c JOIN users u ON u.id = c.id
    )
    UPDATE users u SET role = c.role, bootstrap = c.bootstrap, since = c.since
    FROM change c WHERE u.id = c.id";

pub(super) struct Statements {
    insert: Statement,
    change_role: Statement,
}

impl Statements {
    pub(super) async fn prepare(client: &Client) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            insert: client.prepare(INSERT).await?,
            change_role: client.prepare(CHANGE_ROLE).await?,
        })
    }
}

#[derive(Debug, Default)]
pub(super) struct Rows {
    registered: Registered,
    roles: Roles,
}

#[derive(Debug, Default)]
struct Registered {
    id: Vec<i64>,
    email: Vec<Option<String>>,
    username: Vec<String>,
    username_folded: Vec<String>,
    created_at: Vec<DateTime<Utc>>,
    since: Vec<i64>,
}

#[derive(Debug, Default)]
struct Roles {
    id: Vec<i64>,
    role: Vec<&'static str>,
    bootstrap: Vec<bool>,
    since: Vec<i64>,
}

impl Rows {
    /// An account whose key is gone leaves no row.
    pub(super) fn registered(&mut self, since: i64, fact: &UserRegistered) {
        let Some(personal) = fact.personal.clear() else { return };
        self.registered.id.push(fact.user.0);
        self.registered.email.push(personal.email.clone());
        self.registered.username.push(personal.username.clone());
        self.registered.username_folded.push(query::folded(&personal.username));
        self.registered.created_at.push(fact.at);
        self.registered.since.push(since);
    }

    pub(super) fn role_changed(&mut self, since: i64, fact: &UserRoleChanged) -> bool {
        if self.roles.id.contains(&fact.user.0) {
            return false;
        }
        self.roles.id.push(fact.user.0);
        self.roles.role.push(fact.role.as_str());
        self.roles.bootstrap.push(fact.bootstrap);
        self.roles.since.push(since);
        true
    }

    pub(super) fn inserts<'a>(&'a self, statements: &'a Statements) -> Option<Write<'a>> {
        let Registered { id, email, username, username_folded, created_at, since } =
            &self.registered;
        (!id.is_empty()).then(|| Write {
            statement: &statements.insert,
            values: vec![id, email, username, username_folded, created_at, since],
        })
    }

    pub(super) fn changed<'a>(&'a self, statements: &'a Statements) -> Option<Write<'a>> {
        let Roles { id, role, bootstrap, since } = &self.roles;
        (!id.is_empty()).then(|| Write {
            statement: &statements.change_role,
            values: vec![id, role, bootstrap, since],
        })
    }
}
